<?php

/**
 * Gives users other rights in a schema of one slot's own, which is a copy of that of all slots. It needs no Matomo.
 *
 * Input: database, schema, create (whether the schema has to be made first), and users, each with login, super (bool) and
 * grants (site and access). Answer: the number of grants.
 */

require_once __DIR__ . '/server.php';

const PREFIX = 'matomo_';

$input = conformance_input();
$database = $input['database'];
$server = conformance_server($database);
$schema = conformance_quoted($input['schema']);

if ($input['create']) {
    conformance_copy_schema($server, conformance_quoted($database['schema']), $schema);
}

$user = $server->prepare("UPDATE $schema.`" . PREFIX . 'user` SET superuser_access = ? WHERE login = ?');
$none = $server->prepare("DELETE FROM $schema.`" . PREFIX . 'access` WHERE login = ?');
$grant = $server->prepare("INSERT INTO $schema.`" . PREFIX . 'access` (login, idsite, access) VALUES (?, ?, ?)');
$server->beginTransaction();
$count = 0;
foreach ($input['users'] as $one) {
    $user->execute([(int) $one['super'], $one['login']]);
    $none->execute([$one['login']]);
    foreach ($one['grants'] as $given) {
        $grant->execute([$one['login'], $given['site'], $given['access']]);
        ++$count;
    }
}
$server->commit();

file_put_contents(getenv('CONFORMANCE_ANSWER'), json_encode(['grants' => $count], JSON_THROW_ON_ERROR));
