<?php

/**
 * Waits until a database server answers, or drops schemas of ours on one; it needs no Matomo.
 */

$input = json_decode(stream_get_contents(STDIN), true, 64, JSON_THROW_ON_ERROR);
$database = $input['database'];
$until = microtime(true) + ($input['seconds'] ?? 0);
$dsn = 'mysql:' . (empty($database['socket'])
    ? 'host=' . $database['host'] . ';port=' . $database['port']
    : 'unix_socket=' . $database['socket']);
$answer = ['version' => null, 'error' => null];

do {
    try {
        $server = new PDO($dsn, $database['user'], $database['password'], [
            PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
            PDO::ATTR_TIMEOUT => 5,
        ]);
        $answer = ['version' => $server->query('SELECT VERSION()')->fetchColumn(), 'error' => null];
        foreach ($input['drop'] ?? [] as $schema) {
            // Whatever is asked for: nothing that is not named as ours is ever dropped.
            if (preg_match('/^matomo_conformance_[a-z0-9_]+$/', $schema)) {
                $server->exec("DROP DATABASE IF EXISTS `$schema`");
            }
        }
        break;
    } catch (PDOException $exception) {
        $answer['error'] = $exception->getMessage();
        usleep(100000);
    }
} while (microtime(true) < $until);

file_put_contents(getenv('CONFORMANCE_ANSWER'), json_encode($answer, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE));
