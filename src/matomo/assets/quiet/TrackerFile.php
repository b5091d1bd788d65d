<?php

namespace Piwik\Plugins\CustomJsTracker;

/**
 * A file of the tracker that counts as written: a plugin with a tracker of its own, once switched on, would be written into matomo.js of the
 * tree; see prepend.php.
 */
class File
{
    /** @var string */
    protected $path;

    public function __construct($file)
    {
        $this->path = $file;
    }

    public function setFile($file)
    {
        return new static($file);
    }

    public function getPath()
    {
        return $this->path;
    }

    public function getName()
    {
        return basename($this->path);
    }

    public function getContent()
    {
        return is_readable($this->path) ? file_get_contents($this->path) : null;
    }

    public function isFileContentSame($content)
    {
        return true;
    }

    public function save($content)
    {
        return [];
    }

    public function hasReadAccess()
    {
        return is_readable($this->path);
    }

    public function hasWriteAccess()
    {
        return true;
    }

    public function checkReadable()
    {
    }

    public function checkWritable()
    {
    }
}
