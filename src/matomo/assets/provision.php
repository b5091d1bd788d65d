<?php

/**
 * Creates the database, two sites and every user and token of the world given on standard input, through Matomo's own
 * classes, and switches on the plugins that are wanted beside the default. Signatures that changed between releases are asked for, never looked up by version.
 */

require_once __DIR__ . '/boot.php';
require_once __DIR__ . '/activation.php';

use Piwik\Access;
use Piwik\Common;
use Piwik\Config;
use Piwik\Db;
use Piwik\DbHelper;
use Piwik\Option;
use Piwik\Plugin\Manager;
use Piwik\Updater;
use Piwik\Version;

$input = conformance_input();
$database = $input['database'];

$server = conformance_server($database);
$databaseVersion = $server->query('SELECT VERSION()')->fetchColumn();
$schema = conformance_quoted($database['schema']);
$server->exec("CREATE DATABASE $schema DEFAULT CHARACTER SET utf8mb4");

$environment = new \Piwik\Application\Environment('cli');
$environment->init();

Db::createDatabaseObject();
DbHelper::createTables();
DbHelper::createAnonymousUser();
DbHelper::recordInstallVersion();

$manager = Manager::getInstance();
$manager->loadActivatedPlugins();
$manager->installLoadedPlugins();
Access::getInstance();

function conformance_update(): void
{
    Access::doAsSuperUser(static function () {
        $updater = new Updater();
        $components = $updater->getComponentUpdates();
        if (!empty($components)) {
            $updater->updateComponents($components);
        }
    });
}

conformance_update();
Updater::recordComponentSuccessfullyUpdated('core', Version::VERSION);

$activated = [];
if (!empty($input['activate'])) {
    try {
        $activated = Access::doAsSuperUser(static fn () => conformance_activate($input['activate'], $manager));
        conformance_update();
    } catch (ConformanceActivation $exception) {
        $cause = $exception->getPrevious() ?? $exception;
        conformance_answer(['failed' => ['plugin' => $exception->plugin, 'why' => $exception->getMessage(), 'log' => $cause->getFile() . ':' . $cause->getLine() . "\n" . $cause->getTraceAsString()]]);
        exit;
    }
}

Access::doAsSuperUser(static function () use ($input) {
    foreach ($input['sites'] as $site) {
        $sites = \Piwik\Plugins\SitesManager\API::getInstance();
        $id = $sites->addSite('Conformance site ' . $site, ['http://site' . $site . '.example.org']);
        if ((int) $id !== $site) {
            throw new Exception("site $site was created with the id $id: the database was not empty");
        }
        // Without it a site that saw no traffic turns CoreHome.index into SitesManager.siteWithoutData.
        Option::set('SitesManagerHadTrafficInPast_' . $id, 1);
        Db::query('UPDATE ' . Common::prefixTable('site') . ' SET ts_created = ? WHERE idsite = ?', ['2020-01-01 00:00:00', $id]);
    }
});

$users = new \Piwik\Plugins\UsersManager\Model();
$password = new \Piwik\Auth\Password();
$created = '2020-01-02 00:00:00';
$columns = DbHelper::getTableColumns(Common::prefixTable('user_token_auth'));

foreach ($input['users'] as $user) {
    $hash = $password->hash(\Piwik\Plugins\UsersManager\UsersManager::getPasswordHash($user['password']));
    conformance_call($users, 'addUser', [
        'userLogin' => $user['login'],
        'hashedPassword' => $hash,
        'email' => $user['login'] . '@example.org',
        'dateRegistered' => $created,
    ]);
    if ($user['super']) {
        $users->setSuperUserAccess($user['login'], true);
    }
    foreach ($user['grants'] as $grant) {
        $users->addUserAccess($user['login'], $grant['access'], [$grant['site']]);
    }
    // A fresh account is greeted with a "what is new" popup state and a change of its row; settle it beforehand.
    foreach ($user['tokens'] as $token) {
        $id = $users->addTokenAuth($user['login'], $token['secret'], 'conformance', $created, $token['expires'], false);
        $extra = array_intersect_key(
            ['secure_only' => $token['secure_only'] ? 1 : 0, 'access_level' => $token['level']],
            $columns
        );
        foreach ($extra as $column => $value) {
            Db::query(
                'UPDATE ' . Common::prefixTable('user_token_auth') . " SET `$column` = ? WHERE idusertokenauth = ?",
                [$value, $id]
            );
        }
    }
}

// The second schema differs in one thing only: there anonymous may view the sites.
if (!empty($database['anonymous_schema'])) {
    $copy = conformance_quoted($database['anonymous_schema']);
    conformance_copy_schema($server, $schema, $copy);
    $table = $copy . '.`' . Common::prefixTable('access') . '`';
    foreach ($input['sites'] as $site) {
        $server->exec("INSERT INTO $table (login, idsite, access) VALUES ('anonymous', $site, 'view')");
    }
}

conformance_answer(['database_version' => $databaseVersion, 'token_columns' => array_keys($columns), 'activated' => $activated]);
