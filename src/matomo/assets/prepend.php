<?php

/**
 * Runs before Matomo's own code (auto_prepend_file): tells Matomo which user directory and which extra plugin
 * directory belong to this settings slot, so that one untouched source tree serves many configurations at once.
 */

(static function () {
    $slot = getenv('CONFORMANCE_USER_PATH');
    if ($slot !== false && $slot !== '' && !defined('PIWIK_USER_PATH')) {
        define('PIWIK_USER_PATH', $slot);
        $GLOBALS['MATOMO_PLUGIN_DIRS'] = [[
            'pluginsPathAbsolute' => $slot . '/plugins/',
            'webrootDirRelativeToMatomo' => 'conformance-plugins',
        ]];
        $given = dirname(__DIR__) . '/plugins/';
        if (is_dir($given)) {
            $GLOBALS['MATOMO_PLUGIN_DIRS'][] = ['pluginsPathAbsolute' => $given, 'webrootDirRelativeToMatomo' => 'conformance-given-plugins'];
        }
    }
})();

/**
 * A submodule that was not fetched leaves an empty folder, which Matomo takes for the plugin's: it is told where the given plugins really are.
 */
spl_autoload_register(static function (string $class): void {
    // Hundreds of classes are loaded in each request: nothing else is done for the others.
    if ($class !== 'Piwik\\Plugin\\Manager' || !defined('PIWIK_INCLUDE_PATH')) {
        return;
    }
    $given = glob(dirname(__DIR__) . '/plugins/*', GLOB_ONLYDIR);
    if (!$given) {
        return;
    }
    require PIWIK_INCLUDE_PATH . '/core/Plugin/Manager.php';
    foreach (['pluginsToPathCache' => static fn ($path) => $path, 'pluginsToWebRootDirCache' => static fn () => 'conformance-given-plugins'] as $name => $of) {
        if (property_exists($class, $name)) {
            $cache = new ReflectionProperty($class, $name);
            $cache->setAccessible(true);
            $cache->setValue(null, array_combine(array_map('basename', $given), array_map($of, $given)));
        }
    }
}, true, true);

/**
 * Three classes of Matomo write into its document root (.htaccess files after an update, a marker in tmp/ for a diagnostic, the trackers of
 * plugins). The source tree under test is not ours to write to, so they are replaced by classes that do nothing.
 */
spl_autoload_register(static function (string $class): void {
    static $quiet = [
        'Piwik\\Plugins\\Installation\\ServerFilesGenerator' => 'ServerFilesGenerator.php',
        'Piwik\\Plugins\\Diagnostics\\Diagnostic\\RecommendedPrivateDirectories' => 'RecommendedPrivateDirectories.php',
        'Piwik\\Plugins\\CustomJsTracker\\File' => 'TrackerFile.php',
    ];
    if (isset($quiet[$class])) {
        require __DIR__ . '/quiet/' . $quiet[$class];
    }
}, true, true);

require __DIR__ . '/coverage.php';

// A guarded slot has a file that says so.
if (is_file(getenv('CONFORMANCE_USER_PATH') . '/guarded.json')) {
    require __DIR__ . '/guard.php';
    ConformanceGuard::begin(getenv('CONFORMANCE_USER_PATH'));
    spl_autoload_register(static function (string $class): void {
        if ($class === 'Piwik\\Nonce') {
            require __DIR__ . '/quiet/Nonce.php';
        }
    }, true, true);
}
