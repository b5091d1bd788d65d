<?php

namespace Piwik\Plugins\ConformanceExample;

use Piwik\Common;
use Piwik\Db;
use Piwik\DbHelper;

/** One of everything: actions, an API, a widget, a report, a table and an entry of the allowlist. */
class ConformanceExample extends \Piwik\Plugin
{
    public function install()
    {
        DbHelper::createTable('conformance_example', 'id INT NOT NULL AUTO_INCREMENT, note VARCHAR(64) NOT NULL, PRIMARY KEY (id)');
    }

    public function activate()
    {
        Db::query('INSERT INTO ' . Common::prefixTable('conformance_example') . ' (note) VALUES (?)', ['activated']);
    }

    public function uninstall()
    {
        Db::dropTables(Common::prefixTable('conformance_example'));
    }
}
