<?php

/**
 * What a guarded slot adds to every request: whoever gets past an endpoint's own check and wants to write is stopped by the
 * database, whose account may only read, and by the functions below, which PHP itself has been told to leave out. What was
 * reached is noted in the slot's `reached.jsonl`, one object a request with its number. Files of the slot that were written all
 * the same are put back.
 */

require_once __DIR__ . '/volatile.php';

final class ConformanceGuard
{
    /** Files of a slot that an endpoint may write. */
    private const FILES = ['config/config.ini.php', 'config/config.php', 'config/common.config.ini.php', 'bootstrap.php'];

    /** @var string[] */
    private static $reached = [];

    public static function begin(string $slot): void
    {
        $kept = [];
        foreach (self::FILES as $file) {
            $kept[$file] = @file_get_contents("$slot/guarded/$file");
        }
        register_shutdown_function(static function () use ($slot, $kept) {
            foreach ($kept as $file => $text) {
                $now = @file_get_contents("$slot/$file");
                if ($now !== $text) {
                    self::reached($file);
                    $text === false ? @unlink("$slot/$file") : file_put_contents("$slot/$file", $text, LOCK_EX);
                }
            }
            if (self::$reached) {
                $note = ['request' => (int) ($_SERVER['HTTP_X_CONFORMANCE_REQUEST'] ?? 0), 'reached' => self::$reached];
                file_put_contents("$slot/reached.jsonl", json_encode($note) . "\n", FILE_APPEND | LOCK_EX);
            }
        });
    }

    /** Notes what would have been written. */
    public static function reached(string $what): void
    {
        if (!in_array($what, self::$reached, true) && count(self::$reached) < 8) {
            self::$reached[] = $what;
        }
    }

    /** Looks at what the database refuses, also where the endpoint keeps it to itself. */
    public static function watch(object $adapter): void
    {
        $connection = $adapter->getConnection();
        if ($connection instanceof PDO) {
            $connection->setAttribute(PDO::ATTR_STATEMENT_CLASS, [ConformanceStatement::class, []]);
        }
    }

    /** Whether a statement writes only what Matomo writes by the way. */
    public static function isByTheWay(string $sql, array $values): bool
    {
        if (!preg_match('/^\s*(INSERT|UPDATE|DELETE|REPLACE)\b[^?]*\bmatomo_(option|session)\b/i', $sql, $match)) {
            return false;
        }
        if (strtolower($match[2]) === 'session') {
            // A session that nobody writes is the same for every request, also after one that ends it.
            return true;
        }
        foreach ($values as $value) {
            if (is_string($value) && preg_match(CONFORMANCE_VOLATILE_OPTIONS, $value)) {
                return true;
            }
        }
        return false;
    }

    public static function refused(PDOException $exception, array $values): void
    {
        if (preg_match('/\b([A-Z]+(?: [A-Z]+)?) command denied to user .* for table (?:[`\'"]?\w+[`\'"]?\.)?[`\'"]?(\w+)/', $exception->getMessage(), $match)) {
            $table = preg_replace('/^matomo_/', '', $match[2]);
            $names = $table === 'option' ? array_filter($values, static fn ($value) => is_string($value) && preg_match('/^[a-z][\w.-]{3,60}$|^\d+_[a-z]\w*$/i', $value)) : [];
            $option = $names ? ' ' . end($names) : '';
            self::reached("$match[1] $table$option");
        }
    }
}

class ConformanceStatement extends PDOStatement
{
    /** @var array */
    private $bound = [];

    protected function __construct()
    {
    }

    #[\ReturnTypeWillChange]
    public function bindValue($param, $value, $type = PDO::PARAM_STR)
    {
        $this->bound[$param] = $value;
        return parent::bindValue($param, $value, $type);
    }

    #[\ReturnTypeWillChange]
    public function execute($params = null)
    {
        $values = array_values($params ?? $this->bound);
        if (ConformanceGuard::isByTheWay($this->queryString, $values)) {
            return true;
        }
        try {
            return parent::execute($params);
        } catch (PDOException $exception) {
            ConformanceGuard::refused($exception, $values);
            throw $exception;
        }
    }
}

// Mails, processes and sockets: PHP leaves them out in a guarded slot, so these take their places.
foreach (
    [
        'mail' => 'mail', 'exec' => 'process', 'passthru' => 'process', 'shell_exec' => 'process', 'system' => 'process',
        'proc_open' => 'process', 'popen' => 'process', 'fsockopen' => 'socket', 'pfsockopen' => 'socket',
        'stream_socket_client' => 'socket', 'curl_exec' => 'socket', 'curl_multi_exec' => 'socket',
    ] as $function => $kind
) {
    if (!function_exists($function)) {
        $by = strpos($function, 'curl_multi') === 0 ? '$handle, &$running = null' : '...$arguments';
        $running = strpos($function, 'curl_multi') === 0 ? '$running = 0; return 0;' : 'return false;';
        eval("function $function($by) { ConformanceGuard::reached('$kind'); $running }");
    }
}
