<?php

/**
 * Waits until a database server answers, or drops schemas of ours on one; it needs no Matomo.
 */

require_once __DIR__ . '/server.php';

$input = conformance_input();
$database = $input['database'];
$until = microtime(true) + ($input['seconds'] ?? 0);
$answer = ['version' => null, 'error' => null];

do {
    try {
        $server = conformance_server($database, [PDO::ATTR_TIMEOUT => 5]);
        $answer = ['version' => $server->query('SELECT VERSION()')->fetchColumn(), 'error' => null];
        foreach ($input['drop'] ?? [] as $schema) {
            // Whatever is asked for: nothing that is not named as ours is ever dropped.
            if (preg_match('/^matomo_conformance_[a-z0-9_]+$/', $schema)) {
                $server->exec("DROP DATABASE IF EXISTS `$schema`");
            }
        }
        // A user who was never made is no mistake, and who may not drop any did not make one.
        if (preg_match('/^mc_guarded[a-z0-9_]*$/', $input['drop_user'] ?? '')) {
            try {
                $server->exec("DROP USER IF EXISTS `{$input['drop_user']}`@'%'");
            } catch (PDOException $exception) {
            }
        }
        break;
    } catch (PDOException $exception) {
        $answer['error'] = $exception->getMessage();
        // A server that is starting answers later; one that refuses the account never does.
        if (in_array((int) $exception->getCode(), [1044, 1045, 1698], true)) {
            break;
        }
        usleep(100000);
    }
} while (microtime(true) < $until);

file_put_contents(getenv('CONFORMANCE_ANSWER'), json_encode($answer, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE));
