<?php

namespace Piwik\Plugins\ConformanceExample;

use Piwik\DataTable;
use Piwik\DataTable\Row;
use Piwik\Piwik;

/**
 * @method static \Piwik\Plugins\ConformanceExample\API getInstance()
 */
class API extends \Piwik\Plugin\API
{
    public function getNumbers($idSite, $period, $date)
    {
        Piwik::checkUserHasViewAccess($idSite);
        $table = new DataTable();
        $table->addRow(new Row([Row::COLUMNS => ['label' => 'one', 'nb_visits' => 1]]));
        return $table;
    }

    public function getSecret()
    {
        Piwik::checkUserHasSuperUserAccess();
        return 'secret';
    }
}
