<?php

/**
 * What all scripts need that ask the database server themselves: the input, a connection, and a copy of a schema. It needs no Matomo.
 */

function conformance_input(): array
{
    return json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
}

/** A connection to the server, to none of its schemas. */
function conformance_server(array $database, array $options = []): PDO
{
    $dsn = 'mysql:charset=utf8mb4;' . (empty($database['socket'])
        ? 'host=' . $database['host'] . ';port=' . $database['port']
        : 'unix_socket=' . $database['socket']);
    return new PDO($dsn, $database['user'], $database['password'], [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION] + $options);
}

/** A name of a schema as it stands in SQL. */
function conformance_quoted(string $schema): string
{
    return '`' . str_replace('`', '', $schema) . '`';
}

/** Makes a schema with all of Matomo's tables of another one; both are quoted. */
function conformance_copy_schema(PDO $server, string $from, string $to): void
{
    $server->exec("CREATE DATABASE $to DEFAULT CHARACTER SET utf8mb4");
    foreach ($server->query("SHOW TABLES FROM $from")->fetchAll(PDO::FETCH_COLUMN) as $table) {
        if (str_starts_with($table, 'matomo_')) {
            $server->exec("CREATE TABLE $to.`$table` LIKE $from.`$table`");
            $server->exec("INSERT INTO $to.`$table` SELECT * FROM $from.`$table`");
        }
    }
}
