<?php

/**
 * What the source tree says of itself before anything is installed: version, default plugins and the features
 * that change the rules for a token. A feature is asked of the code wherever it can be, never of the version.
 */

require_once __DIR__ . '/boot.php';

$tree = PIWIK_INCLUDE_PATH;
$features = [];

/** Source of one method, so that a feature without a class of its own can be seen. */
function conformance_method_source(?string $class, string $method): string
{
    if ($class === null || !method_exists($class, $method)) {
        return '';
    }
    $reflection = new ReflectionMethod($class, $method);
    $lines = file($reflection->getFileName());
    return implode('', array_slice($lines, $reflection->getStartLine() - 1, $reflection->getEndLine() - $reflection->getStartLine() + 1));
}

/** Source of the file a class stands in. */
function conformance_class_source(string $name): string
{
    $class = conformance_class($name);
    return $class === null ? '' : (string) file_get_contents((new ReflectionClass($class))->getFileName());
}

$version = constant((conformance_class('Version') ?? 'Piwik\Version') . '::VERSION');

$ini = parse_ini_string(preg_replace('/^\s*;.*$/m', '', file_get_contents($tree . '/config/global.ini.php')), true, INI_SCANNER_RAW);
$plugins = array_values(array_filter(
    $ini['Plugins']['Plugins'] ?? [],
    static fn ($plugin) => is_file("$tree/plugins/$plugin/plugin.json") || is_file("$tree/plugins/$plugin/$plugin.php")
));
$missing = array_values(array_diff($ini['Plugins']['Plugins'] ?? [], $plugins));

$global = @file_get_contents($tree . '/config/global.php') ?: '';
$gate = conformance_method_source(conformance_class('API\Request'), 'checkTokenAuthIsNotLimited');
$session = conformance_method_source(conformance_class('FrontController'), 'makeSessionAuthenticator');
$handler = conformance_method_source(conformance_class('ExceptionHandler'), 'dieWithHtmlErrorPage');
$token = conformance_class('Request\AuthenticationToken');
$tokenSource = conformance_class_source('Request\AuthenticationToken');
$widgetize = conformance_method_source(conformance_class('Plugins\Widgetize\Controller'), 'iframe');
$prepare = conformance_method_source(conformance_class('FrontController'), 'prepareDispatch');
$bulk = (string) @file_get_contents($tree . '/plugins/API/API.php');
$twoFactor = conformance_method_source(conformance_class('Plugins\TwoFactorAuth\TwoFactorAuth'), 'onRequestDispatch');
$requiresSecond = conformance_method_source(conformance_class('Plugins\TwoFactorAuth\TwoFactorAuth'), 'requiresAuth');
$noAccess = conformance_class('NoAccessException');
$idSites = conformance_method_source(conformance_class('Access'), 'getIdSites');
$manager = conformance_class('Plugin\Manager');
$notFound = conformance_class('Exception\PluginNotFoundException');

$asks = [
    'allowlist' => [
        str_contains($global, 'token_auth.write_admin_allowed_module_actions'),
        'config/global.php has the entry token_auth.write_admin_allowed_module_actions',
    ],
    'secure_tokens' => [
        str_contains(conformance_class_source('Plugins\UsersManager\Model'), 'secure_only'),
        'the model of tokens knows the column secure_only',
    ],
    'session_needs_force' => [
        str_contains($session, 'force_api_session') || str_contains($tokenSource, 'force_api_session') || $token !== null,
        'the session authenticator asks for force_api_session',
    ],
    'detected_token' => [
        $token !== null,
        'class Request\AuthenticationToken exists',
    ],
    'conflict' => [
        $token !== null && stripos($tokenSource, 'conflict') !== false,
        'class Request\AuthenticationToken refuses conflicting credentials',
    ],
    'bulk_credentials' => [
        str_contains($bulk, 'ConflictingAuthenticationParameters'),
        'the API plugin refuses conflicting credentials in the parts of a bulk request',
    ],
    'scoped_tokens' => [
        str_contains(conformance_class_source('Plugins\UsersManager\Model'), 'access_level') || str_contains($tokenSource, 'access_level'),
        'tokens have a column access_level',
    ],
    'navigation_endpoint' => [
        str_contains($tokenSource, 'startOverlaySession'),
        'class Request\AuthenticationToken knows a navigation-only endpoint',
    ],
    'widget_token_errors' => [
        str_contains($widgetize, 'ErrorTokenAuth')
            || str_contains((string) @file_get_contents($tree . '/plugins/Widgetize/Controller.php'), 'ErrorTokenAuth'),
        'Widgetize.iframe reports failed tokens itself',
    ],
    'widget_recheck' => [
        str_contains($widgetize, 'checkTokenAuthIsNotLimited') || str_contains($widgetize, 'hasSuperUserAccess') || str_contains($widgetize, 'isUserHasSomeWriteAccess'),
        'Widgetize.iframe repeats the gate',
    ],
    'widget_honours_flag' => [
        str_contains($widgetize, 'checkTokenAuthIsNotLimited'),
        'Widgetize.iframe repeats the gate through the same function',
    ],
    'error_pages_have_status' => [
        str_contains($handler, '500'),
        'the exception handler sets status 500',
    ],
    'array_action_is_error_page' => [
        str_contains($prepare, '!== false'),
        'the front controller checks the type of action',
    ],
    'second_factor_for_api' => [
        str_contains($twoFactor, 'force_api_session'),
        'the plugin TwoFactorAuth looks at API requests in a session',
    ],
    'second_factor_by_access' => [
        str_contains($requiresSecond, 'Access'),
        'the plugin TwoFactorAuth compares the token with the one that gave access',
    ],
    'plugin_name_limit' => [
        $manager !== null
            && !(new ReflectionClass($manager))->newInstanceWithoutConstructor()->isValidPluginName(str_repeat('a', 61)),
        'the plugin manager refuses a name of 61 letters',
    ],
    'missing_plugin_is_404' => [
        $notFound !== null,
        'class Exception\PluginNotFoundException exists',
    ],
    'no_site_is_400' => [
        str_contains($idSites, 'BadRequestException'),
        'the check of access refuses an empty list of sites as a bad request',
    ],
    'api_errors_have_status' => [
        $noAccess !== null && is_subclass_of($noAccess, (string) conformance_class('Http\HttpCodeException')),
        'class NoAccessException carries an HTTP status',
    ],
];

$because = [];
foreach ($asks as $name => [$has, $why]) {
    $features[$name] = (bool) $has;
    $because[$name] = $why;
}

conformance_answer([
    'version' => $version,
    'php' => PHP_VERSION,
    'plugins' => $plugins,
    'missing_plugins' => $missing,
    'features' => $features,
    'because' => $because,
]);
