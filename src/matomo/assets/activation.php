<?php

/**
 * Switches plugins on as Matomo does it: with what they need, install(), activate(), updates and tables. Included by provision.php.
 */

/** Why a plugin cannot be switched on. */
class ConformanceActivation extends \Exception
{
    /** @var string */
    public $plugin;

    public function __construct(string $plugin, string $why, ?\Throwable $cause = null)
    {
        parent::__construct($why, 0, $cause);
        $this->plugin = $plugin;
    }
}

/** Plugins that a plugin's plugin.json asks for. */
function conformance_needs(string $plugin): array
{
    $file = \Piwik\Plugin\Manager::getPluginDirectory($plugin) . '/plugin.json';
    $manifest = is_file($file) ? json_decode((string) file_get_contents($file), true) : [];
    $names = array_keys((array) ($manifest['require'] ?? []));
    return array_filter($names, static fn ($name) => !in_array(strtolower((string) $name), ['matomo', 'piwik', 'php'], true) && preg_match('/^[A-Za-z]\w*$/', (string) $name));
}

/** The wanted plugins in the order in which they can be switched on: each after those that it needs. */
function conformance_in_order(array $wanted, \Piwik\Plugin\Manager $manager): array
{
    $order = [];
    $visit = static function (string $plugin, ?string $for) use (&$visit, &$order, $manager) {
        if (in_array($plugin, $order, true) || ($for !== null && $manager->isPluginActivated($plugin))) {
            return;
        }
        if (!$manager->isPluginInFilesystem($plugin)) {
            throw new ConformanceActivation($for ?? $plugin, $for === null
                ? 'there is no plugin of this name'
                : "it needs the plugin $plugin, which is not there: give it with --plugin-dir");
        }
        foreach (conformance_needs($plugin) as $need) {
            if ($need !== $plugin) {
                $visit($need, $plugin);
            }
        }
        $order[] = $plugin;
    };
    foreach ($wanted as $plugin) {
        $visit($plugin, null);
    }
    return $order;
}

/** What a plugin needs in another version, in words. */
function conformance_lacks(\Piwik\Plugin $plugin): string
{
    $words = static fn (array $lack) => $lack['requirement'] . ' ' . $lack['requiredVersion'] . ', and here is ' . ($lack['actualVersion'] ?: 'none');
    return implode('; ', array_map($words, $plugin->getMissingDependencies()));
}

/** Switches them on, and gives the names of those that were off. */
function conformance_activate(array $wanted, \Piwik\Plugin\Manager $manager): array
{
    $done = [];
    foreach (conformance_in_order($wanted, $manager) as $plugin) {
        if ($manager->isPluginActivated($plugin)) {
            continue;
        }
        try {
            $loaded = $manager->loadPlugin($plugin);
            if ($loaded !== null && $loaded->hasMissingDependencies()) {
                throw new ConformanceActivation($plugin, 'it is for another Matomo: it needs ' . conformance_lacks($loaded));
            }
            $manager->activatePlugin($plugin);
        } catch (ConformanceActivation $exception) {
            throw $exception;
        } catch (\Throwable $exception) {
            throw new ConformanceActivation($plugin, get_class($exception) . ': ' . trim(html_entity_decode(strip_tags($exception->getMessage()))), $exception);
        }
        $done[] = $plugin;
    }
    return $done;
}
