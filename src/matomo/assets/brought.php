<?php

/**
 * What the files of a Matomo put into the endpoint allowlist: asked of a container that reads what a web request reads, once for each
 * file more, so that every entry is known by the file that brought it. Included by catalogue.php.
 */

const CONFORMANCE_LIST = 'token_auth.write_admin_allowed_module_actions';

/** A list of plugins of our choice, for a container of our own. */
function conformance_plugin_list(array $plugins): object
{
    if (!class_exists('ConformanceBasePluginList', false)) {
        class_alias(conformance_class('Application\Kernel\PluginList'), 'ConformanceBasePluginList');
        require __DIR__ . '/plugin_list.php';
    }
    return new ConformancePluginList($plugins);
}

/**
 * The value in a container that knows these plugins, with or without what the instance says itself.
 *
 * @return array{0: bool, 1: mixed} whether there is one, and which
 */
function conformance_list_value(array $plugins, bool $instance): array
{
    $GLOBALS['CONFORMANCE_BEFORE_INSTANCE'] = !$instance;
    $settings = \Piwik\Container\StaticContainer::get(conformance_class('Application\Kernel\GlobalSettingsProvider'));
    $factory = conformance_class('Container\ContainerFactory');
    $container = (new $factory(conformance_plugin_list($plugins), $settings))->create();
    return $container->has(CONFORMANCE_LIST) ? [true, $container->get(CONFORMANCE_LIST)] : [false, null];
}

/** What JSON has no word for, or what a list cannot be compared with, becomes an object with the name of its type. */
function conformance_list_entry($value)
{
    if (is_array($value)) {
        return array_map('conformance_list_entry', array_values($value));
    }
    return is_string($value) || is_bool($value) || is_int($value) ? $value : ['php' => is_object($value) ? get_class($value) : gettype($value)];
}

function conformance_file_below_tree(string $file): string
{
    $tree = rtrim((string) realpath(PIWIK_INCLUDE_PATH), '/') . '/';
    $real = (string) realpath($file);
    if (strpos($real, $tree) === 0) {
        return substr($real, strlen($tree));
    }
    return preg_match('{/plugins/[^/]+/config/config\.php$}', $file, $found) ? ltrim($found[0], '/') : $file;
}

function conformance_brought(array $plugins): array
{
    $steps = [['config/global.php', [], false]];
    $known = [];
    foreach ($plugins as $plugin) {
        $known[] = $plugin;
        $file = \Piwik\Plugin\Manager::getPluginDirectory($plugin) . '/config/config.php';
        if (is_file($file)) {
            $steps[] = [conformance_file_below_tree($file), $known, false];
        }
    }
    $steps[] = ['config/config.php', $known, true];

    try {
        conformance_list_value($known, true);
    } catch (\Throwable $exception) {
        // Where Matomo itself has no list, nobody asks for what plugins add to it, and so nothing fails.
        $read = conformance_list_value([], false)[0];
        return $read ? ['failed' => ['file' => conformance_first_failure($steps), 'why' => 'cannot be had: ' . $exception->getMessage()]] : ['entries' => []];
    }
    return conformance_attributed($steps);
}

/** The file with which the list can no longer be had. */
function conformance_first_failure(array $steps): string
{
    foreach ($steps as [$file, $plugins, $instance]) {
        try {
            conformance_list_value($plugins, $instance);
        } catch (\Throwable $exception) {
            return $file;
        }
    }
    return $file;
}

/** Every entry with the file after which it was there. */
function conformance_attributed(array $steps): array
{
    $entries = [];
    $before = [];
    foreach ($steps as [$file, $plugins, $instance]) {
        try {
            [$there, $value] = conformance_list_value($plugins, $instance);
        } catch (\Throwable $exception) {
            // The whole can be had, so this part only lacks plugins that follow; what it brings shows with them.
            continue;
        }
        if ($there && !is_array($value)) {
            return ['failed' => ['file' => $file, 'why' => 'is no list but of the type ' . gettype($value) . ', and opens nothing']];
        }
        if (!$there || $value === $before) {
            continue;
        }
        // What stands in front is still there where a file adds to it; where one replaces it, all is of that file.
        $list = array_values($value);
        $kept = array_slice($list, 0, count($before)) === array_values($before) ? count($before) : 0;
        $entries = array_slice($entries, 0, $kept);
        foreach (array_slice($list, $kept) as $entry) {
            $entries[] = ['value' => conformance_list_entry($entry), 'file' => $file];
        }
        $before = $value;
    }
    return ['entries' => $entries];
}
