<?php

namespace Piwik\Plugins\ConformanceProbe;

use Piwik\Common;
use Piwik\Piwik;

/** Actions that need nothing, view, write, admin and super user access, for requests with real dispatch. */
class Controller extends \Piwik\Plugin\Controller
{
    public function index()
    {
        return self::opened('index');
    }

    public function needNothing()
    {
        return self::opened('needNothing');
    }

    public function needView()
    {
        Piwik::checkUserHasViewAccess(self::site());
        return self::opened('needView');
    }

    public function needSomeView()
    {
        Piwik::checkUserHasSomeViewAccess();
        return self::opened('needSomeView');
    }

    /** Asks the gate itself where `conformance_gate` says so, as the widgets of some plugins do. */
    public function needSomeWrite()
    {
        if (Common::getRequestVar('conformance_gate', 0, 'int')) {
            \Piwik\API\Request::reloadAuthUsingTokenAuth();
            \Piwik\API\Request::checkTokenAuthIsNotLimited(Piwik::getModule(), Piwik::getAction());
        }
        Piwik::checkUserHasSomeWriteAccess();
        return self::opened('needSomeWrite');
    }

    public function needSomeAdmin()
    {
        Piwik::checkUserHasSomeAdminAccess();
        return self::opened('needSomeAdmin');
    }

    public function needWrite()
    {
        Piwik::checkUserHasWriteAccess(self::site());
        return self::opened('needWrite');
    }

    public function needAdmin()
    {
        Piwik::checkUserHasAdminAccess(self::site());
        return self::opened('needAdmin');
    }

    public function needSuper()
    {
        Piwik::checkUserHasSuperUserAccess();
        return self::opened('needSuper');
    }

    /** Asks, where others demand. */
    public function askSuper()
    {
        if (!Piwik::hasUserSuperUserAccess()) {
            throw new \Piwik\NoAccessException(Piwik::translate('General_ExceptionPrivilege', ["'superuser'"]));
        }
        return self::opened('askSuper');
    }

    /** Makes an API call as report pages do while they render, and reports the rights in there. */
    public function nested()
    {
        self::callApi();
        return self::opened('nested');
    }

    /** After an API call the request must have the rights again that it had before. */
    public function nestedNeedView()
    {
        self::callApi();
        Piwik::checkUserHasViewAccess(self::site());
        return self::opened('nestedNeedView');
    }

    public function nestedNeedSuper()
    {
        self::callApi();
        Piwik::checkUserHasSuperUserAccess();
        return self::opened('nestedNeedSuper');
    }

    /** What runs as super user stays so after an API call, and the request has its own rights again when it is over. */
    public function nestedInSuper()
    {
        \Piwik\Access::doAsSuperUser(static function () {
            self::callApi();
            Piwik::checkUserHasSuperUserAccess();
        });
        return self::opened('nestedInSuper');
    }

    public function superNeedSuper()
    {
        \Piwik\Access::doAsSuperUser(static function () {
        });
        Piwik::checkUserHasSuperUserAccess();
        return self::opened('superNeedSuper');
    }

    /** Rights are given back too where what ran as super user failed. */
    public function superThrowsNeedSuper()
    {
        try {
            \Piwik\Access::doAsSuperUser(static function () {
                throw new \RuntimeException('as planned');
            });
            return self::opened('superThrowsNeedSuper, and the failure was kept quiet');
        } catch (\RuntimeException $planned) {
            Piwik::checkUserHasSuperUserAccess();
        }
        return self::opened('superThrowsNeedSuper');
    }

    /** Sites that were looked up as super user must be forgotten when that is over. */
    public function superNeedAdmin()
    {
        \Piwik\Access::doAsSuperUser(static function () {
            \Piwik\Access::getInstance()->getSitesIdWithAdminAccess();
        });
        Piwik::checkUserHasAdminAccess(self::site());
        return self::opened('superNeedAdmin');
    }

    /** The token of the session, as every full page carries it in piwik.token_auth. */
    public function sessionToken()
    {
        return json_encode(['login' => Piwik::getCurrentUserLogin(), 'token' => Piwik::getCurrentUserTokenAuth()]);
    }

    /** Gives a user a second factor, or takes it away. */
    public function secondFactor()
    {
        Piwik::checkUserHasSuperUserAccess();
        \Piwik\Db::query(
            'UPDATE ' . Common::prefixTable('user') . ' SET twofactor_secret = ? WHERE login = ?',
            [Common::getRequestVar('wanted', 0, 'int') ? 'ABCDEFGHIJKLMNOP' : '', Common::getRequestVar('login', '', 'string')]
        );
        return 'done';
    }

    /**
     * Makes copies of the session it is asked in that must not authenticate any more, and gives their ids by name. A name
     * starts with what is wrong: the copy has expired, began before the password was changed, or is of nobody.
     */
    public function spoilSessions()
    {
        Piwik::checkUserHasSuperUserAccess();
        \Piwik\Db::query(
            'UPDATE ' . Common::prefixTable('user') . ' SET ts_password_modified = ?'
            . ' WHERE login = ? AND ts_password_modified IS NULL',
            ['2020-01-02 00:00:00', Piwik::getCurrentUserLogin()]
        );
        // Matomo closes the session before an action runs.
        $whole = $_SESSION;
        session_write_close();
        ini_set('session.use_cookies', '0');
        ini_set('session.cache_limiter', '');
        $made = [];
        foreach (explode(',', Common::getRequestVar('names', '', 'string')) as $name) {
            $id = bin2hex(random_bytes(16));
            session_id($id);
            session_start();
            $_SESSION = $whole;
            if (strpos($name, 'expired') === 0) {
                $_SESSION['session.info']['expiration'] = 1000000000;
            } elseif (strpos($name, 'before-password') === 0) {
                $_SESSION['session.info']['ts'] = 1000000000;
            } else {
                $_SESSION['user.name'] = 'conformance-nobody';
            }
            session_write_close();
            $made[$name] = $id;
        }
        return json_encode($made);
    }

    /** With `nested_token` the call carries a token of its own, as the parts of a bulk request do. */
    private static function callApi(): void
    {
        $token = Common::getRequestVar('nested_token', '', 'string');
        $own = $token === '' ? [] : ['token_auth' => $token];
        \Piwik\API\Request::processRequest('ConformanceProbe.getRights', ['format' => 'original'] + $own);
    }

    private static function site(): int
    {
        return (int) Common::getRequestVar('idSite', 1, 'int');
    }

    private static function opened(string $action): string
    {
        return '<div id="conformance-opened" data-action="' . $action . '"></div>';
    }
}
