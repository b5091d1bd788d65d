<?php

namespace Piwik\Plugins\Installation;

/** Writes no .htaccess and no other file into the document root; see prepend.php. */
class ServerFilesGenerator
{
    public static function __callStatic($name, $arguments)
    {
        return null;
    }
}
