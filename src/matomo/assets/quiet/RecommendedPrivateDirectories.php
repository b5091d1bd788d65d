<?php

namespace Piwik\Plugins\Diagnostics\Diagnostic;

/** Looks at no directory and leaves no marker in one; see prepend.php. */
class RecommendedPrivateDirectories implements Diagnostic
{
    public function execute()
    {
        return [];
    }
}
