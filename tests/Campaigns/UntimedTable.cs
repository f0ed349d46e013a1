namespace RlCore.Campaigns;

/// <summary>A table of a run without what differs from run to run: its times.</summary>
internal static class UntimedTable
{
    private static readonly string[] Times = ["step_time", "tokens_per_second", "seconds"];

    /// <summary>Reads a table.</summary>
    /// <param name="file">A CSV file with a header and no quoted commas in it.</param>
    /// <returns>Its lines without the columns of times.</returns>
    public static string[] Read(string file)
    {
        string[] lines = File.ReadAllLines(file);
        int[] kept = [.. lines[0].Split(',').Index().Where(column => !Times.Contains(column.Item)).Select(column => column.Index)];
        return
        [
            .. lines.Select(line =>
            {
                string[] cells = line.Split(',');
                return string.Join(',', kept.Select(place => cells.ElementAtOrDefault(place)));
            }),
        ];
    }
}
