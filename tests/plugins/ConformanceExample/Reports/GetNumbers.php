<?php

namespace Piwik\Plugins\ConformanceExample\Reports;

class GetNumbers extends \Piwik\Plugin\Report
{
    protected function init()
    {
        $this->name = 'Conformance numbers';
        $this->categoryId = 'General_Visitors';
        $this->subcategoryId = 'Conformance example';
        $this->module = 'ConformanceExample';
        $this->action = 'getNumbers';
        $this->metrics = ['nb_visits'];
        $this->order = 99;
    }
}
