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
    }
})();

/**
 * Two classes of Matomo write into its document root (.htaccess files after an update, a marker in tmp/ for a diagnostic).
 * The source tree under test is not ours to write to, so they are replaced by classes that do nothing.
 */
spl_autoload_register(static function (string $class): void {
    $quiet = [
        'Piwik\\Plugins\\Installation\\ServerFilesGenerator' => 'ServerFilesGenerator.php',
        'Piwik\\Plugins\\Diagnostics\\Diagnostic\\RecommendedPrivateDirectories' => 'RecommendedPrivateDirectories.php',
    ];
    if (isset($quiet[$class])) {
        require __DIR__ . '/quiet/' . $quiet[$class];
    }
}, true, true);

require __DIR__ . '/coverage.php';
