<?php

namespace Piwik\Plugins\ConformanceProbe;

/**
 * Says in ONE aggregated response header how far a request got: whether the gate was passed, the effective login and
 * rights, what was dispatched, and the translation key of an error page.
 */
class ConformanceProbe extends \Piwik\Plugin
{
    private const HEADER = 'X-Conformance-Probe';
    private const MOST_ROUTES = 8;

    /** No page of Matomo's dispatches so often; a frame that may frame itself would until PHP's memory is used up. */
    private const ENDLESS = 100;

    /** Keys an error page can be built from; compared in the language of the request, never by English text. */
    private const KEYS = [
        'Widgetize_TooHighAccessLevel',
        'Widgetize_ViewAccessRequired',
        'Login_LoginNotAllowedBecauseBlocked',
        'General_ConflictingAuthenticationParametersProvided',
        'General_ScopedTokenCannotUseApiSession',
        'Widgetize_ErrorTokenAuthFailed',
        'Widgetize_ErrorTokenAuthFailedDisabledByPolicy',
    ];

    /** Refusals that come before authentication. In an API format they leave no event, so their texts are told beforehand. */
    private const EARLY_KEYS = [
        'General_ConflictingAuthenticationParametersProvided',
        'General_ScopedTokenCannotUseApiSession',
    ];

    /** Refusals for want of a right, which the API says in the language of the request. */
    private const RIGHT_KEYS = [
        'General_YouMustBeLoggedIn',
        'General_ExceptionPrivilege',
        'General_ExceptionPrivilegeAccessWebsite',
        'General_ExceptionPrivilegeAtLeastOneWebsite',
    ];

    private const LOG_IN = 'You must be logged in to access this functionality.';

    /** @var array<string, mixed> */
    private static $seen = [];

    /** @var int */
    private static $dispatches = 0;

    public function registerEvents()
    {
        return [
            'Request.dispatchCoreAndPluginUpdatesScreen' => ['function' => 'beforeAuthentication', 'after' => true],
            'Platform.initialized' => ['function' => 'gatePassed', 'before' => true],
            'API.Request.authenticate.failed' => ['function' => 'authenticationFailed', 'before' => true],
            'Request.dispatch' => ['function' => 'beforeController', 'after' => true],
            'User.isNotAuthorized' => ['function' => 'notAuthorized', 'before' => true],
            'FrontController.modifyErrorPage' => ['function' => 'errorPage', 'after' => true],
            'Config.beforeSave' => ['function' => 'beforeConfigIsSaved', 'before' => true],
        ];
    }

    /** In a guarded slot nothing writes the configuration. */
    public function beforeConfigIsSaved(&$values)
    {
        if (class_exists('ConformanceGuard', false)) {
            \ConformanceGuard::reached('config.ini.php');
            throw new \RuntimeException('conformance: the configuration is guarded');
        }
    }

    public function beforeAuthentication()
    {
        if (class_exists('ConformanceGuard', false)) {
            \ConformanceGuard::watch(\Piwik\Db::get());
        }
        if (empty($_GET['method']) && empty($_POST['method'])) {
            return;
        }
        $texts = [];
        foreach (self::EARLY_KEYS as $key) {
            $text = \Piwik\Piwik::translate($key);
            if ($text !== $key) {
                $texts[$key] = $text;
            }
        }
        // In English these are known; in another language only what stands before the first argument is.
        if (\Piwik\Piwik::translate('General_YouMustBeLoggedIn') !== self::LOG_IN) {
            foreach (self::RIGHT_KEYS as $key) {
                $text = explode("\x01", \Piwik\Piwik::translate($key, ["\x01", "\x01"]))[0];
                if ($text !== $key && strlen($text) > 12) {
                    $texts[$key] = $text;
                }
            }
        }
        if ($texts) {
            self::$seen['texts'] = $texts;
            self::send();
        }
    }

    public function gatePassed()
    {
        self::$seen['gate'] = true;
        self::$seen += self::rights();
        self::send();
    }

    public function authenticationFailed()
    {
        self::$seen['auth'] = 'failed';
        self::send();
    }

    public function beforeController(&$module, &$action, &$parameters)
    {
        $routes = self::$seen['route'] ?? [];
        if (count($routes) < self::MOST_ROUTES) {
            $routes[] = $module . '.' . self::actionName($module, $action);
        }
        self::$seen['route'] = $routes;
        if (++self::$dispatches > self::ENDLESS) {
            self::send();
            echo '<!doctype html><html><body id="conformance-endless"></body></html>';
            exit;
        }
        // Only the request's own dispatch may be stopped: login and error pages are dispatched as well.
        $dry = count($routes) === 1 && !isset(self::$seen['denied']) && ($_SERVER['HTTP_X_CONFORMANCE_DISPATCH'] ?? '') === 'dry';
        if ($dry) {
            self::$seen['resolved'] = self::resolve($module, $action, $parameters);
        }
        self::send();
        if ($dry && self::$seen['resolved'] !== 'none') {
            // A guard may have set a status of its own already.
            http_response_code(200);
            header('Content-Type: text/html; charset=utf-8');
            echo '<!doctype html><html><body id="conformance-dry">' . htmlspecialchars($routes[0], ENT_QUOTES) . '</body></html>';
            exit;
        }
    }

    public function notAuthorized($exception)
    {
        self::$seen['denied'] = 'NoAccess';
        self::send();
    }

    public function errorPage(&$result, $exception)
    {
        $key = null;
        foreach (self::KEYS as $candidate) {
            if (self::isTranslationOf($exception->getMessage(), $candidate)) {
                $key = $candidate;
                break;
            }
        }
        self::$seen['error'] = ['class' => get_class($exception), 'key' => $key];
        self::send();
    }

    /** Called by the probe's own action `nested`, from within the nested API call. */
    public static function sawNested(array $rights): void
    {
        self::$seen['nested'] = $rights;
        self::send();
    }

    /** @return array{login: string, super: bool, view: int[], write: int[], admin: int[]} */
    public static function rights(): array
    {
        $access = \Piwik\Access::getInstance();
        $super = (bool) $access->hasSuperUserAccess();
        return [
            'login' => (string) (\Piwik\Piwik::getCurrentUserLogin() ?? ''),
            'super' => $super,
            'view' => $super ? [] : self::ids($access->getSitesIdWithViewAccess()),
            'write' => $super ? [] : self::ids($access->getSitesIdWithWriteAccess()),
            'admin' => $super ? [] : self::ids($access->getSitesIdWithAdminAccess()),
        ];
    }

    private static function ids($ids): array
    {
        $ids = array_map('intval', array_values((array) $ids));
        sort($ids);
        return array_values(array_unique($ids));
    }

    private static function actionName($module, $action): string
    {
        if (!empty($action)) {
            return is_array($action) ? 'Array' : (string) $action;
        }
        $class = "Piwik\\Plugins\\$module\\Controller";
        if (!class_exists($class)) {
            return '';
        }
        return (new \ReflectionClass($class))->newInstanceWithoutConstructor()->getDefaultAction();
    }

    private static function resolve($module, $action, $parameters): string
    {
        try {
            $resolver = \Piwik\Container\StaticContainer::get('Piwik\Http\ControllerResolver');
            $found = is_array($parameters) ? $parameters : [];
            $resolver->getController($module, $action, $found);
        } catch (\Error $error) {
            // What follows would be the safe mode page, which empties all caches under the feet of other requests.
            return 'error';
        } catch (\Throwable $exception) {
            // Constructors and widgets check permissions of their own: something is there, behind a guard. Only what the
            // resolver itself throws means that nothing answers, and the request goes on to meet it again.
            return basename($exception->getFile()) === 'ControllerResolver.php' ? 'none' : 'guarded';
        }
        return isset($found['widget']) ? 'widget' : (isset($found['report']) ? 'report' : 'controller');
    }

    private static function isTranslationOf(string $message, string $key): bool
    {
        $text = \Piwik\Piwik::translate($key, ['', '', '', '']);
        if ($text === $key || $text === '') {
            return false;
        }
        // The arguments differ (links, names): compare what stands before the first of them.
        $pattern = \Piwik\Piwik::translate($key, ["\x01", "\x01", "\x01", "\x01"]);
        $start = explode("\x01", $pattern)[0];
        return $start !== '' && strncmp(strip_tags($message), strip_tags($start), strlen(strip_tags($start))) === 0;
    }

    private static function send(): void
    {
        if (!headers_sent()) {
            header(self::HEADER . ': ' . json_encode(self::$seen, JSON_PARTIAL_OUTPUT_ON_ERROR));
        }
    }
}
