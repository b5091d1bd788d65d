<?php

/**
 * Which plugins have a part in what decides about access: listeners to the events around authentication, rights and dispatch, and classes that
 * take the place of Matomo's own authenticators. Included by catalogue.php.
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

function conformance_listeners(\Piwik\Plugin\Manager $manager, array $plugins): array
{
    $found = [];
    foreach ($plugins as $plugin) {
        try {
            $events = array_keys($manager->getLoadedPlugin($plugin)->registerEvents());
        } catch (\Throwable $exception) {
            continue;
        }
        foreach ($events as $event) {
            $endpoint = preg_match('/^Controller\.(\w+\.\w+)$/', $event, $of) ? $of[1] : null;
            $moves = CONFORMANCE_EVENTS[$event] ?? ($endpoint === null ? null : 'dispatch');
            if ($moves !== null) {
                $found[] = ['plugin' => $plugin, 'to' => "the event $event", 'moves' => $moves, 'endpoint' => $endpoint];
            }
        }
    }
    foreach (CONFORMANCE_CLASSES as $name) {
        $class = conformance_class($name);
        try {
            $given = get_class(\Piwik\Container\StaticContainer::get($class));
        } catch (\Throwable $exception) {
            continue;
        }
        if (preg_match('/^(?:Piwik|Matomo)\\\\Plugins\\\\([^\\\\]+)\\\\/', $given, $plugin)) {
            $found[] = ['plugin' => $plugin[1], 'to' => "the class $class, whose place $given takes", 'moves' => 'rights'];
        }
    }
    return $found;
}
