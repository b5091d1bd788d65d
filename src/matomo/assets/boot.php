<?php

/**
 * Boots the Matomo of a source tree on the command line, for provision.php and catalogue.php.
 * Expects CONFORMANCE_TREE (the source tree) and CONFORMANCE_USER_PATH (a slot's user directory) in the environment.
 * The answer of a script is one JSON object in the file CONFORMANCE_ANSWER: standard output belongs to PHP's warnings.
 */

$tree = getenv('CONFORMANCE_TREE');
define('PIWIK_DOCUMENT_ROOT', $tree);
define('PIWIK_INCLUDE_PATH', $tree);
define('PIWIK_ENABLE_DISPATCH', false);
define('PIWIK_ENABLE_ERROR_HANDLER', false);
define('PIWIK_ENABLE_SESSION_START', false);
chdir($tree);
require_once __DIR__ . '/server.php';
require_once __DIR__ . '/prepend.php';
require_once $tree . '/core/bootstrap.php';

function conformance_answer(array $answer): void
{
    file_put_contents(getenv('CONFORMANCE_ANSWER'), json_encode($answer, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES));
}

/** The class's current name: some 6.0 files have left the Piwik namespace for Matomo. */
function conformance_class(string $name): ?string
{
    foreach (['Piwik\\', 'Matomo\\'] as $namespace) {
        if (class_exists($namespace . $name) || interface_exists($namespace . $name)) {
            return $namespace . $name;
        }
    }
    return null;
}

/** Starts an installed Matomo with its plugins; answers with the plugin manager. */
function conformance_matomo(): \Piwik\Plugin\Manager
{
    // Kept: Matomo reads its container from it as long as it lives.
    static $environment;
    $environment = new \Piwik\Application\Environment('cli');
    $environment->init();
    \Piwik\Db::createDatabaseObject();
    \Piwik\Access::getInstance();
    $manager = \Piwik\Plugin\Manager::getInstance();
    $manager->loadActivatedPlugins();
    $manager->postLoadPlugins();
    return $manager;
}

/** Calls a method with those of the named arguments that its current signature still has. */
function conformance_call(object $object, string $method, array $arguments)
{
    $known = array_map(static fn ($parameter) => $parameter->getName(), (new ReflectionMethod($object, $method))->getParameters());
    return $object->$method(...array_intersect_key($arguments, array_flip($known)));
}
