<?php

/** The activated plugins as brought.php wants them; see there. */
class ConformancePluginList extends ConformanceBasePluginList
{
    /** @var string[] */
    private $conformancePlugins;

    public function __construct(array $plugins)
    {
        $this->conformancePlugins = $plugins;
    }

    public function getActivatedPlugins()
    {
        return $this->conformancePlugins;
    }
}
