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
