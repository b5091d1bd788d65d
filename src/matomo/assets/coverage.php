<?php

/**
 * Notes which lines of Matomo's deciding files a request ran. All requests of a run share one folder: `files.txt` names the files,
 * `seen.json` has what is known of each line, and `news.jsonl` gets a line for each request that ran one for the first time.
 * Needs the extension pcov.
 */
(static function () {
    $folder = getenv('CONFORMANCE_COVERAGE');
    if ($folder === false || $folder === '' || !function_exists('pcov\\start')) {
        return;
    }
    \pcov\start();
    register_shutdown_function(static function () use ($folder) {
        \pcov\stop();
        $files = file($folder . '/files.txt', FILE_IGNORE_NEW_LINES | FILE_SKIP_EMPTY_LINES);
        $seen = fopen($folder . '/seen.json', 'c+');
        if (!$files || !$seen || !flock($seen, LOCK_EX)) {
            return;
        }
        $known = json_decode((string) stream_get_contents($seen), true) ?: [];
        $news = [];
        foreach (\pcov\collect(\pcov\inclusive, $files) as $file => $lines) {
            foreach ($lines as $line => $times) {
                $ran = $times > 0;
                $before = $known[$file][$line] ?? null;
                if ($before === null || ($ran && !$before)) {
                    $known[$file][$line] = $ran;
                    $news[$file][$line] = $ran;
                }
            }
        }
        if ($news) {
            rewind($seen);
            ftruncate($seen, 0);
            fwrite($seen, json_encode($known));
            $request = $_SERVER['HTTP_X_CONFORMANCE_REQUEST'] ?? '';
            file_put_contents($folder . '/news.jsonl', json_encode(['request' => $request, 'lines' => $news]) . "\n", FILE_APPEND);
        }
        fclose($seen);
    });
})();
