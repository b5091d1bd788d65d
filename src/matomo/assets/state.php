<?php

/**
 * Tells what is in the tables of our schemas, so that a run can say whether it changed anything; keeps copies of them, and
 * puts tables back from their copies. It needs no Matomo.
 *
 * Input: database, action (`look`, `keep` or `restore`), and for `restore` the tables as `schema.table`.
 * Answer: by `schema.table` the number of rows and a checksum; of options the checksum of each by its name.
 */

require_once __DIR__ . '/server.php';
require_once __DIR__ . '/volatile.php';

const PREFIX = 'matomo_';
const KEPT = 'conformance_kept_';

/** Tables that change when reports are read or pages are opened, with any request: caches, locks, sessions, logs. */
const VOLATILE = '/^matomo_(session|archive_\w+|locks|sequence|logger_message|brute_force_log)$/';

/** Columns that note when somebody was seen. */
const VOLATILE_COLUMNS = ['matomo_user_token_auth' => ['last_used']];

$input = conformance_input();
$database = $input['database'];
$server = conformance_server($database);

/** @return string[] tables that are compared */
function conformance_tables(PDO $server, string $schema): array
{
    $all = $server->query('SHOW TABLES FROM `' . $schema . '`')->fetchAll(PDO::FETCH_COLUMN);
    return array_values(array_filter($all, static fn ($table) => str_starts_with($table, PREFIX) && !preg_match(VOLATILE, $table)));
}

function conformance_look(PDO $server, string $schema, string $table): array
{
    $columns = $server->query("SHOW COLUMNS FROM `$schema`.`$table`")->fetchAll(PDO::FETCH_COLUMN);
    $columns = array_diff($columns, VOLATILE_COLUMNS[$table] ?? []);
    $rows = [];
    $options = [];
    $read = $server->query("SELECT `" . implode('`, `', $columns) . "` FROM `$schema`.`$table`", PDO::FETCH_ASSOC);
    foreach ($read as $row) {
        $sum = hash('xxh128', serialize($row));
        if ($table === 'matomo_option') {
            if (preg_match(CONFORMANCE_VOLATILE_OPTIONS, $row['option_name'])) {
                continue;
            }
            $options[$row['option_name']] = $sum;
        }
        $rows[] = $sum;
    }
    sort($rows);
    return ['rows' => count($rows), 'sum' => hash('xxh128', implode('', $rows)), 'options' => (object) $options];
}

$answer = [];
foreach (array_unique([$database['schema'], $database['anonymous_schema']]) as $schema) {
    if (!$server->query('SHOW DATABASES LIKE ' . $server->quote($schema))->fetchColumn()) {
        continue;
    }
    foreach (conformance_tables($server, $schema) as $table) {
        $kept = KEPT . substr($table, strlen(PREFIX));
        if ($input['action'] === 'keep') {
            $server->exec("DROP TABLE IF EXISTS `$schema`.`$kept`");
            $server->exec("CREATE TABLE `$schema`.`$kept` LIKE `$schema`.`$table`");
            $server->exec("INSERT INTO `$schema`.`$kept` SELECT * FROM `$schema`.`$table`");
        } elseif ($input['action'] === 'restore' && in_array("$schema.$table", $input['tables'], true)) {
            $server->exec("DELETE FROM `$schema`.`$table`");
            $server->exec("INSERT INTO `$schema`.`$table` SELECT * FROM `$schema`.`$kept`");
        }
        $answer["$schema.$table"] = conformance_look($server, $schema, $table);
    }
}

file_put_contents(getenv('CONFORMANCE_ANSWER'), json_encode((object) $answer, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE));
