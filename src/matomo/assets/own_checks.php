<?php

/**
 * Makes a guarded slot ready and lists what it is asked. The slot's schema is a copy of that of all slots, in which there are
 * objects for the arguments of endpoints (a goal, a segment, a report …), of a user who is none of the principals. The account
 * that it is served with may read, and write only what Matomo writes by the way.
 *
 * Input: database (an account that may grant), schema (of the slot), account with user and password.
 * Answer: endpoints with kind, file, line, parents and arguments; objects by name; grants, one a table or for all.
 */

require_once __DIR__ . '/server.php';

$input = conformance_input();
$database = $input['database'];
$server = conformance_server($database);
$schema = conformance_quoted($input['schema']);
conformance_copy_schema($server, conformance_quoted($database['schema']), $schema);

// From here on Matomo's classes are there; its configuration names the slot's schema.
require_once __DIR__ . '/boot.php';

use Piwik\Access;
use Piwik\Common;

$manager = conformance_matomo();

const OWNER = 'conformance-owner';
$objects = [];
$missing = [];

/** Makes an object; where a release knows no such thing, it is named and left out. */
$make = static function (string $name, callable $making) use (&$objects, &$missing): void {
    try {
        $id = Access::doAsSuperUser($making);
        if (is_scalar($id) && $id !== false) {
            $objects[$name] = (string) $id;
        }
    } catch (\Throwable $exception) {
        $missing[$name] = get_class($exception) . ': ' . $exception->getMessage();
    }
};
$api = static function (string $plugin): object {
    $class = "Piwik\\Plugins\\$plugin\\API";
    return $class::getInstance();
};
$own = static function (string $table) use ($server, $schema): void {
    $server->exec("UPDATE $schema.`" . Common::prefixTable($table) . "` SET login = '" . OWNER . "'");
};

$make('login', static function () {
    $users = new \Piwik\Plugins\UsersManager\Model();
    conformance_call($users, 'addUser', [
        'userLogin' => OWNER,
        'hashedPassword' => 'no password has this hash',
        'email' => OWNER . '@example.org',
        'dateRegistered' => '2020-01-02 00:00:00',
    ]);
    $users->addUserAccess(OWNER, 'view', [1]);
    return OWNER;
});
$make('idGoal', static fn () => conformance_call($api('Goals'), 'addGoal', [
    'idSite' => 1, 'name' => 'Conformance goal', 'matchAttribute' => 'url', 'pattern' => 'conformance', 'patternType' => 'contains',
]));
$make('idSegment', static function () use ($api, $own) {
    $id = conformance_call($api('SegmentEditor'), 'add', [
        'name' => 'Conformance segment', 'definition' => 'countryCode==de', 'idSite' => 1, 'autoArchive' => false, 'enabledAllUsers' => false,
    ]);
    $own('segment');
    return $id;
});
$make('idReport', static function () use ($api, $own) {
    $id = conformance_call($api('ScheduledReports'), 'addReport', [
        'idSite' => 1, 'description' => 'Conformance report', 'period' => 'never', 'hour' => 0, 'reportType' => 'email',
        'reportFormat' => 'html', 'reports' => ['VisitsSummary_get'], 'parameters' => ['displayFormat' => 2, 'emailMe' => true],
    ]);
    $own('report');
    return $id;
});
$make('idDashboard', static fn () => (new \Piwik\Plugins\Dashboard\Model())->createNewDashboardForUser(OWNER, 'Conformance dashboard', '[]'));
$make('idNote', static function () use ($api) {
    $made = conformance_call($api('Annotations'), 'add', ['idSite' => 1, 'date' => '2020-01-03', 'note' => 'Conformance note']);
    return $made[1][0]['idNote'] ?? $made['idNote'] ?? $made['id'] ?? 0;
});
$make('idDimension', static fn () => conformance_call($api('CustomDimensions'), 'configureNewCustomDimension', [
    'idSite' => 1, 'name' => 'Conformance dimension', 'scope' => 'visit', 'active' => 1,
]));

$tree = getenv('CONFORMANCE_TREE') . '/';
$below = static fn (string $file): string => strpos($file, $tree) === 0 ? substr($file, strlen($tree)) : $file;

/** Where the methods of a class may stand, itself first. */
$files = static function (ReflectionClass $class) use ($below): array {
    $found = [];
    for (; $class && !$class->isInternal(); $class = $class->getParentClass()) {
        $found[] = $below($class->getFileName());
        foreach ($class->getTraits() as $trait) {
            $found[] = $below($trait->getFileName());
        }
    }
    return array_values(array_unique($found));
};
$arguments = static function (ReflectionMethod $method): array {
    $found = [];
    foreach ($method->getParameters() as $parameter) {
        $name = $parameter->getName();
        $type = $parameter->getType() instanceof ReflectionNamedType ? $parameter->getType()->getName() : '';
        if ($type === '' && preg_match('/@param\s+([\w|\\\\\[\]]+)\s+\$' . $name . '\b/', (string) $method->getDocComment(), $match)) {
            $type = strtolower($match[1]);
        }
        $found[] = ['name' => $name, 'type' => $type, 'optional' => $parameter->isOptional()];
    }
    return $found;
};
$plain = static fn (ReflectionMethod $method): bool => !$method->isStatic() && !$method->isConstructor() && !$method->isDestructor()
    && strpos($method->getName(), '__') !== 0 && $method->getName() !== 'getInstance';

$endpoints = Access::doAsSuperUser(static function () use ($manager, $files, $arguments, $plain) {
    $endpoints = [];
    foreach ($manager->getActivatedPlugins() as $plugin) {
        if ($plugin === 'ConformanceProbe') {
            continue;
        }
        foreach (['api' => "Piwik\\Plugins\\$plugin\\API", 'page' => "Piwik\\Plugins\\$plugin\\Controller"] as $kind => $class) {
            if (!class_exists($class) || (new ReflectionClass($class))->isAbstract()) {
                continue;
            }
            foreach ((new ReflectionClass($class))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
                $of = $method->getDeclaringClass();
                if (!$plain($method) || !preg_match('/^(Piwik|Matomo)\\\\Plugins\\\\/', $of->getName())) {
                    continue;
                }
                $endpoints[] = [
                    'kind' => $kind, 'name' => "$plugin.{$method->getName()}", 'line' => $method->getStartLine(),
                    'method' => $method->getName(), 'files' => $files($of), 'arguments' => $arguments($method),
                    'hidden' => (bool) preg_match('/@(hide|ignore|internal)\b/', (string) $method->getDocComment()),
                ];
            }
        }
    }
    $_GET['idSite'] = '1';
    $_GET['period'] = 'day';
    $_GET['date'] = 'today';
    $known = array_column(array_filter($endpoints, static fn ($endpoint) => $endpoint['kind'] === 'page'), 'name');
    foreach ($manager->findMultipleComponents('Widgets', 'Piwik\Widget\Widget') as $class) {
        $reflection = new ReflectionClass($class);
        $config = new \Piwik\Widget\WidgetConfig();
        $config->setModule(explode('\\', $class)[2] ?? '');
        $config->setAction(lcfirst($reflection->getShortName()));
        $class::configure($config);
        $name = $config->getModule() . '.' . $config->getAction();
        if ($config->getModule() !== '' && $config->getAction() !== '' && !in_array($name, $known, true)) {
            $known[] = $name;
            $render = $reflection->getMethod('render');
            $endpoints[] = [
                'kind' => 'page', 'name' => $name, 'line' => $render->getStartLine(), 'method' => 'render',
                'files' => $files($render->getDeclaringClass()), 'arguments' => [], 'hidden' => false,
            ];
        }
    }
    foreach ((new \Piwik\Plugin\ReportsProvider())->getAllReports() as $report) {
        $name = $report->getModule() . '.' . $report->getAction();
        if (!in_array($name, $known, true)) {
            $known[] = $name;
            $render = new ReflectionMethod($report, 'render');
            $endpoints[] = [
                'kind' => 'page', 'name' => $name, 'line' => $render->getStartLine(), 'method' => 'render',
                'files' => $files(new ReflectionClass($report)), 'arguments' => [], 'hidden' => false,
            ];
        }
    }
    return $endpoints;
});

// Tables of archives are made when they are first needed, which the slot may not do.
foreach (['now', 'first day of -1 month', 'first day of +1 month', 'first day of January this year', 'first day of January next year', '2020-01-01'] as $day) {
    $date = \Piwik\Date::factory(date('Y-m-d', strtotime($day)));
    \Piwik\DataAccess\ArchiveTableCreator::getNumericTable($date);
    \Piwik\DataAccess\ArchiveTableCreator::getBlobTable($date);
}

$user = $server->quote($input['account']['user']);
$password = $server->quote($input['account']['password']);
$given = ['*' => 'SELECT, CREATE TEMPORARY TABLES, LOCK TABLES'];
foreach ($server->query("SHOW TABLES FROM $schema")->fetchAll(PDO::FETCH_COLUMN) as $table) {
    if (preg_match('/^matomo_(sequence|locks|brute_force_log|archive_(numeric|blob)_\d+_\d+)$/', $table)) {
        $given[$table] = 'INSERT, UPDATE, DELETE';
    } elseif ($table === 'matomo_user_token_auth') {
        $columns = $server->query("SHOW COLUMNS FROM $schema.`$table` LIKE 'last_used'")->fetchAll();
        if ($columns) {
            $given[$table] = 'UPDATE (last_used)';
        }
    }
}
foreach (empty($database['socket']) ? ['%'] : ['localhost'] as $host) {
    $server->exec("DROP USER IF EXISTS $user@'$host'");
    $server->exec("CREATE USER $user@'$host' IDENTIFIED BY $password");
    foreach ($given as $table => $rights) {
        $server->exec("GRANT $rights ON $schema." . ($table === '*' ? '*' : "`$table`") . " TO $user@'$host'");
    }
}

conformance_answer([
    'endpoints' => $endpoints,
    'objects' => (object) $objects,
    'missing' => (object) $missing,
    'grants' => $given,
]);
