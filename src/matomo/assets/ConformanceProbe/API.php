<?php

namespace Piwik\Plugins\ConformanceProbe;

use Piwik\Piwik;

/**
 * API methods that need nothing, view, write, admin and super user access.
 *
 * @method static \Piwik\Plugins\ConformanceProbe\API getInstance()
 */
class API extends \Piwik\Plugin\API
{
    public function getRights()
    {
        ConformanceProbe::sawNested(ConformanceProbe::rights());
        return 'opened';
    }

    public function getNeedView($idSite)
    {
        Piwik::checkUserHasViewAccess($idSite);
        return 'opened';
    }

    public function postNeedView($idSite)
    {
        return $this->getNeedView($idSite);
    }

    public function getNeedWrite($idSite)
    {
        Piwik::checkUserHasWriteAccess($idSite);
        return 'opened';
    }

    public function getNeedAdmin($idSite)
    {
        Piwik::checkUserHasAdminAccess($idSite);
        return 'opened';
    }

    public function getNeedSuper()
    {
        Piwik::checkUserHasSuperUserAccess();
        return 'opened';
    }
}
