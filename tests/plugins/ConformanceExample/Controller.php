<?php

namespace Piwik\Plugins\ConformanceExample;

use Piwik\Common;
use Piwik\Db;
use Piwik\Piwik;

class Controller extends \Piwik\Plugin\Controller
{
    public function index()
    {
        return $this->embed();
    }

    /** Its name is in the plugin's allowlist. */
    public function embed()
    {
        Piwik::checkUserHasViewAccess(Common::getRequestVar('idSite', 1, 'int'));
        return self::page('embed ' . Db::fetchOne('SELECT note FROM ' . Common::prefixTable('conformance_example')));
    }

    /** The same, and not listed. */
    public function sibling()
    {
        Piwik::checkUserHasViewAccess(Common::getRequestVar('idSite', 1, 'int'));
        return self::page('sibling');
    }

    public function manage()
    {
        Piwik::checkUserHasSomeAdminAccess();
        return self::page('manage');
    }

    /** As manage, had its check not been forgotten. */
    public function forgetful()
    {
        return self::page('forgetful');
    }

    private static function page(string $text): string
    {
        return '<div class="conformance-example">' . $text . '</div>';
    }
}
