<?php

/**
 * Lists every Module.Action of an installed Matomo: own public controller actions, widgets and reports, each with its
 * kind and the other names it answers to, the API methods, what its files put into the endpoint allowlist,
 * and which plugins have a part in what decides.
 */

require_once __DIR__ . '/boot.php';
require_once __DIR__ . '/brought.php';
require_once __DIR__ . '/listeners.php';

use Piwik\Access;

$manager = conformance_matomo();
$_GET['idSite'] = '1';
$_GET['period'] = 'day';
$_GET['date'] = 'today';

/** A widget may announce a name that nothing answers to. One that is disabled throws, and is there. */
function conformance_widget_answers(string $module, string $action): bool
{
    try {
        $provider = \Piwik\Container\StaticContainer::get('Piwik\Plugin\WidgetsProvider');
        return (bool) $provider->factory($module, $action);
    } catch (\Throwable $exception) {
        return true;
    }
}

/** Whether a plugin is refused because it needs the internet, which is asked before anything else of it. */
function conformance_is_offline(string $plugin): bool
{
    $settings = conformance_class('SettingsPiwik');
    try {
        return !$settings::isInternetEnabled()
            && \Piwik\Plugin\Manager::getInstance()->doesPluginRequireInternetConnection($plugin);
    } catch (\Throwable $exception) {
        return false;
    }
}

$answer = Access::doAsSuperUser(static function () use ($manager) {
    $endpoints = [];
    $defaults = [];
    $inherited = [];
    $methods = [];
    $arguments = [];
    $activated = $manager->getActivatedPlugins();

    foreach ($activated as $plugin) {
        $class = "Piwik\\Plugins\\$plugin\\Controller";
        if (class_exists($class) && !(new ReflectionClass($class))->isAbstract()) {
            $reflection = new ReflectionClass($class);
            foreach ($reflection->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
                // Ecommerce inherits its actions from the controller of Goals, so "own" means of any plugin.
                $own = !$method->isStatic() && !$method->isConstructor() && !$method->isDestructor()
                    && preg_match('/^(Piwik|Matomo)\\\\Plugins\\\\/', $method->getDeclaringClass()->getName());
                if ($own) {
                    $endpoints["$plugin.{$method->getName()}"] = [
                        'kind' => 'controller',
                        'required_arguments' => $method->getNumberOfRequiredParameters(),
                        'aliases' => [],
                    ];
                } else {
                    $inherited[] = "$plugin.{$method->getName()}";
                }
            }
            // Asked of an object without its constructor, which may need a user or a request.
            $defaults[$plugin] = $reflection->newInstanceWithoutConstructor()->getDefaultAction();
        }
        $api = "Piwik\\Plugins\\$plugin\\API";
        if (class_exists($api)) {
            foreach ((new ReflectionClass($api))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
                $hidden = preg_match('/@(hide|ignore|internal)\b/', (string) $method->getDocComment());
                if (
                    !$method->isStatic() && !$method->isConstructor() && !$method->isDestructor() && !$hidden
                    && !str_starts_with($method->getName(), '__') && $method->getName() !== 'getInstance'
                ) {
                    $methods[] = "$plugin.{$method->getName()}";
                    foreach ($method->getParameters() as $parameter) {
                        if (!$parameter->isOptional() && !in_array($parameter->getName(), ['idSite', 'period', 'date'], true)) {
                            $arguments["$plugin.{$method->getName()}"][] = $parameter->getName();
                        }
                    }
                }
            }
        }
    }

    $configs = \Piwik\Widget\WidgetsList::get()->getWidgetConfigs();
    foreach ($manager->findMultipleComponents('Widgets', 'Piwik\Widget\Widget') as $class) {
        $config = new \Piwik\Widget\WidgetConfig();
        $config->setModule(explode('\\', $class)[2] ?? '');
        $config->setAction(lcfirst(substr($class, strrpos($class, '\\') + 1)));
        $configs[] = $config;
    }
    $provider = new \Piwik\Plugin\ReportsProvider();
    foreach ($provider->getAllReports() as $report) {
        $action = $report->getAction();
        $endpoints["{$report->getModule()}.$action"] ??= [
            'kind' => 'report',
            'required_arguments' => 0,
            'aliases' => ["{$report->getModule()}." . ucfirst($action)],
        ];
    }
    foreach ($configs as $config) {
        if ($config->getModule() === '' || $config->getAction() === '') {
            continue;
        }
        $endpoints["{$config->getModule()}.{$config->getAction()}"] ??= [
            'kind' => conformance_widget_answers($config->getModule(), $config->getAction()) ? 'widget' : 'unreachable',
            'required_arguments' => 0,
            'aliases' => [],
        ];
    }

    $absent = array_diff($manager->readPluginsDirectory(), $activated);
    $offline = array_filter($absent, 'conformance_is_offline');

    ksort($endpoints, SORT_STRING);
    sort($methods);
    sort($inherited);
    return [
        'activated' => array_values($activated),
        'deactivated' => array_values(array_diff($absent, $offline)),
        'offline' => array_values($offline),
        'endpoints' => $endpoints,
        'default_actions' => $defaults,
        'inherited' => $inherited,
        'api_methods' => $methods,
        'api_arguments' => (object) $arguments,
        'brought' => conformance_brought(array_values($activated)),
        'listeners' => conformance_listeners($manager, array_values($activated)),
    ];
});

conformance_answer($answer);
