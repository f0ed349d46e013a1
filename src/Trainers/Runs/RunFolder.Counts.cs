namespace RlCore.Trainers.Runs;

/// <content>What the rows of metrics.csv add up to, for the summary.</content>
internal sealed partial class RunFolder
{
    private void Count(string[] cells)
    {
        string total = cells[_tokensColumn];
        long before = _tokens;
        _tokens = total.Length > 0 ? (long)Number(total) : before;
        bool isStep = cells[_timeColumn].Length > 0; // Measurements before the first step have a row, but are not a step.
        double seconds = isStep ? Number(cells[_timeColumn]) : 0;
        int index = _stages.FindIndex(stage => stage.Name == cells[0]);
        StageSummary sofar = index >= 0 ? _stages[index] : new StageSummary(cells[0], 0, 0, 0);
        var counted = new StageSummary(sofar.Name, sofar.Steps + (isStep ? 1 : 0), sofar.Seconds + seconds, sofar.Tokens + _tokens - before)
        {
            HeldOutAccuracies = _heldOutColumn >= 0 && cells[_heldOutColumn].Length > 0
                ? [.. sofar.HeldOutAccuracies, Number(cells[_heldOutColumn])]
                : sofar.HeldOutAccuracies,
        };
        if (index >= 0)
        {
            _stages[index] = counted;
        }
        else
        {
            _stages.Add(counted);
        }
    }
}
