<?php

namespace Piwik\Plugins\ConformanceLogin;

use Piwik\AuthResult;
use Piwik\Common;

/** The bug: the token in force is whatever the request says, so that any token equals it. */
class SessionAuth extends \Piwik\Session\SessionAuth
{
    public function authenticate()
    {
        $result = parent::authenticate();
        if (!$result->wasAuthenticationSuccessful()) {
            return $result;
        }
        $token = Common::getRequestVar('token_auth', (string) $result->getTokenAuth(), 'string');
        return new AuthResult($result->getCode(), $result->getIdentity(), $token);
    }
}
