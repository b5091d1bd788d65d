<?php

/**
 * Which plugins have a part in what decides about access: listeners to the events around authentication, rights and dispatch, by the plugin's
 * class or its configuration, and classes that take the place of Matomo's own authenticators. Included by catalogue.php.
 */

/** Events, with what a listener can move. */
const CONFORMANCE_EVENTS = [
    'Request.dispatch' => 'dispatch',
    'Request.getRenamedModuleAndAction' => 'dispatch',
    'Platform.initialized' => 'dispatch',
    'User.isNotAuthorized' => 'refusal',
    'FrontController.modifyErrorPage' => 'refusal',
    'Request.initAuthenticationObject' => 'rights',
    'API.Request.authenticate' => 'rights',
    'Access.modifyUserAccess' => 'rights',
    'Access.Capability.addCapabilities' => 'rights',
    'Access.Capability.filterCapabilities' => 'rights',
];

/** Classes that the container gives, which a plugin may replace. */
const CONFORMANCE_CLASSES = ['Auth', 'Session\SessionAuth', 'Access'];

/** What a listener to an event can move, and the one endpoint it hears of; null where it has no part. */
function conformance_moves(string $event): ?array
{
    $endpoint = preg_match('/^Controller\.(\w+\.\w+)$/', $event, $of) ? $of[1] : null;
    $moves = CONFORMANCE_EVENTS[$event] ?? ($endpoint === null ? null : 'dispatch');
    return $moves === null ? null : ['to' => "the event $event", 'moves' => $moves, 'endpoint' => $endpoint];
}

/** The plugin that a file belongs to. */
function conformance_owner(string $file, array $plugins): ?string
{
    $file = (string) realpath($file);
    foreach ($plugins as $plugin) {
        $folder = realpath(\Piwik\Plugin\Manager::getPluginDirectory($plugin));
        if ($folder !== false && strpos($file, rtrim($folder, '/') . '/') === 0) {
            return $plugin;
        }
    }
    return null;
}

/** The file with the code of a callback. */
function conformance_file_of($callback): string
{
    try {
        if (is_string($callback) && strpos($callback, '::') !== false) {
            $callback = explode('::', $callback, 2);
        }
        $code = is_array($callback) ? new ReflectionMethod($callback[0], $callback[1])
            : (is_object($callback) && !$callback instanceof Closure ? new ReflectionMethod($callback, '__invoke') : new ReflectionFunction($callback));
        return (string) $code->getFileName();
    } catch (\Throwable $exception) {
        return '';
    }
}

/** Listeners that a plugin's configuration registers. */
function conformance_observers(array $plugins): array
{
    $found = [];
    try {
        $observers = (array) \Piwik\Container\StaticContainer::get('observers.global');
    } catch (\Throwable $exception) {
        return [];
    }
    foreach ($observers as $observer) {
        [$event, $callback] = array_values((array) $observer) + ['', null];
        $moves = conformance_moves((string) $event);
        $owner = conformance_owner(conformance_file_of($callback), $plugins);
        if ($moves !== null && $owner !== null) {
            $found[] = ['plugin' => $owner] + $moves;
        }
    }
    return $found;
}

function conformance_listeners(\Piwik\Plugin\Manager $manager, array $plugins): array
{
    $found = conformance_observers($plugins);
    foreach ($plugins as $plugin) {
        try {
            $events = array_keys($manager->getLoadedPlugin($plugin)->registerEvents());
        } catch (\Throwable $exception) {
            continue;
        }
        foreach (array_filter(array_map('conformance_moves', $events)) as $moves) {
            $found[] = ['plugin' => $plugin] + $moves;
        }
    }
    foreach (CONFORMANCE_CLASSES as $name) {
        $class = conformance_class($name);
        try {
            $given = get_class(\Piwik\Container\StaticContainer::get($class));
            $owner = conformance_owner((string) (new ReflectionClass($given))->getFileName(), $plugins);
        } catch (\Throwable $exception) {
            continue;
        }
        if ($owner !== null) {
            $found[] = ['plugin' => $owner, 'to' => "the class $class, whose place $given takes", 'moves' => 'rights'];
        }
    }
    return $found;
}
