<?php

namespace Piwik\Plugins\ConformanceExample\Widgets;

use Piwik\Widget\WidgetConfig;

class GetGreeting extends \Piwik\Widget\Widget
{
    public static function configure(WidgetConfig $config)
    {
        $config->setCategoryId('About Matomo');
        $config->setName('Conformance greeting');
        $config->setOrder(99);
    }

    public function render()
    {
        return '<p class="conformance-example">greeting</p>';
    }
}
