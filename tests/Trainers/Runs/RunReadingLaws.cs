using FsCheck;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A run's folder is read while it is written.</summary>
public class RunReadingLaws
{
    private const string Header = "global_step,stage,step,loss,reward,step_time\n";

    [Property]
    public Property However_a_file_grows_the_rows_are_those_of_the_whole_file() => Prop.ForAll(
        Gen.Elements("plain", "a,b", "say \"so\"", "two\nlines", "", "\"", "ü\r\n,").ListOf().Where(texts => texts.Count > 0).ToArbitrary(),
        Gen.Choose(1, 17).ListOf().Where(sizes => sizes.Count > 0).ToArbitrary(),
        (texts, sizes) =>
        {
            string[][] rows = [.. texts.Select((text, index) => (string[])[$"{index}", text, text])];
            byte[] bytes = [.. CsvText.Encode(["global_step", "prompt", "completion"]), .. rows.SelectMany(CsvText.Encode)];
            using var folder = new TemporaryFolder();
            var reading = new RunReading(folder.Path);
            for (int written = 0, turn = 0; written < bytes.Length; turn++)
            {
                int size = Math.Min(sizes[turn % sizes.Count], bytes.Length - written);
                using (var stream = new FileStream(folder.In("samples.csv"), FileMode.Append))
                {
                    stream.Write(bytes, written, size);
                }

                written += size;
                reading.Refresh();
            }

            Assert.Equal(rows.Select((_, index) => index), reading.Samples.Select(place => place.Step));
            Assert.Equal(rows, rows.Select((_, index) => reading.ReadSample(index)));
            Assert.Equal(0, reading.Generation);
        });

    [Fact]
    public void A_row_is_read_when_it_is_whole()
    {
        using var folder = new TemporaryFolder();
        var reading = new RunReading(folder.Path);
        Assert.False(reading.Refresh());
        folder.Write("metrics.csv", $"{Header}1,sft,1,0.5,,2\n2,sft,2,0.2");
        Assert.True(reading.Refresh());
        Assert.Equal(1, reading.Metrics.Rows);
        Assert.False(reading.Refresh());
        folder.Write("metrics.csv", $"{Header}1,sft,1,0.5,,2\n2,sft,2,0.25,,3\n");
        Assert.True(reading.Refresh());
        Assert.Equal([1.0, 2], reading.Metrics.Steps.ToArray());
        Assert.Equal([0.5, 0.25], Values(reading, "loss"));
        Assert.Equal([2.0, 5], reading.Metrics.Seconds.ToArray());
        Assert.Equal(["loss", "step_time"], reading.Metrics.Filled);
        Assert.Equal(0, reading.Generation);
    }

    [Theory]
    [InlineData("1,sft,1,0.5,,2\n2,sft,2,0.25,,2\n3,sft,3,0.125,,2\n", "1,sft,1,0.5,,2\n")]
    [InlineData("1,sft,1,0.5,,2\n2,sft,2,0.25,,2\n", "1,sft,1,0.5,,2\n2,sft,2,0.25,,3\n3,sft,3,0.125,,4\n4,sft,4,0.1,,4\n")]
    public void A_run_that_is_resumed_is_read_anew(string before, string after)
    {
        using var folder = new TemporaryFolder();
        var reading = new RunReading(folder.Path);
        folder.Write("metrics.csv", Header + before);
        reading.Refresh();
        folder.Write("metrics.csv", Header + after);
        Assert.True(reading.Refresh());
        Assert.Equal(1, reading.Generation);
        Assert.Equal(after.Split('\n').Length - 1, reading.Metrics.Rows);
        Assert.Equal(after.TrimEnd().Split('\n').Select(row => double.Parse(row.Split(',')[5])), Values(reading, "step_time"));
    }

    [Fact]
    public void Stages_begin_where_their_rows_do_and_a_measurement_before_the_first_step_stands_before_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("metrics.csv", $"{Header}1,sft,1,1,,1\n2,sft,2,1,,1\n3,reward,0,,0.5,\n3,reward,1,1,0.6,1\n");
        var reading = new RunReading(folder.Path);
        reading.Refresh();
        Assert.Equal([new StageRows("sft", 0), new StageRows("reward", 2)], reading.Metrics.Stages);
        Assert.Equal([1, 2, 2.5, 3], reading.Metrics.Steps.ToArray());
        Assert.Equal([double.NaN, double.NaN, 0.5, 0.6], Values(reading, "reward"));
    }

    [Fact]
    public void What_is_no_row_is_left_out()
    {
        using var folder = new TemporaryFolder();
        folder.Write("metrics.csv", $"{Header}one,sft,1,1,1,1\n1,sft\n\n2,sft,2,x,1e400,1\n3,sft,3,1,1,1\n");
        var reading = new RunReading(folder.Path);
        reading.Refresh();
        Assert.Equal([2.0, 3], reading.Metrics.Steps.ToArray());
        Assert.Equal([double.NaN, 1], Values(reading, "loss"));
    }

    [Fact]
    public void Warnings_of_a_kind_in_consecutive_steps_are_one_with_the_latest_message()
    {
        using var folder = new TemporaryFolder();
        folder.Write("warnings.csv", """
            global_step,stage,step,kind,message
            4,grpo,4,kl,first
            4,grpo,4,other,x
            5,grpo,5,kl,"second, longer"
            9,grpo,9,kl,again

            """.ReplaceLineEndings("\n"));
        var reading = new RunReading(folder.Path);
        reading.Refresh();
        Assert.Equal(
            [
                new WarningSpan("grpo", "kl", "second, longer", 4, 5, 2),
                new WarningSpan("grpo", "other", "x", 4, 4, 1),
                new WarningSpan("grpo", "kl", "again", 9, 9, 1),
            ],
            reading.Warnings);
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege.");
        using var folder = new TemporaryFolder();
        string secret = folder.Write("secret", $"{Header}1,sft,1,1,1,1\n");
        string run = Directory.CreateDirectory(folder.In("run")).FullName;
        File.CreateSymbolicLink(Path.Combine(run, "metrics.csv"), secret);
        File.CreateSymbolicLink(Path.Combine(run, "run.json"), secret);
        var reading = new RunReading(run);
        Assert.False(reading.Refresh());
        Assert.False(reading.TryReadDescription(out _));
    }

    [Theory]
    [InlineData("{\"recipe\":{}}", true)]
    [InlineData("{\"recipe\":", false)]
    [InlineData("{\"recipe\":\"\\ud800\"}", false)]
    [InlineData("", false)]
    public void A_description_is_read_whole_or_not_at_all(string json, bool isWhole)
    {
        using var folder = new TemporaryFolder();
        folder.Write("run.json", json);
        Assert.Equal(isWhole, new RunReading(folder.Path).TryReadDescription(out System.Text.Json.JsonDocument? document));
        document?.Dispose();
    }

    [Fact]
    public void A_sample_whose_file_was_replaced_meanwhile_has_no_cells()
    {
        using var folder = new TemporaryFolder();
        folder.Write("samples.csv", "global_step,completion\n1,one\n2,two\n");
        var reading = new RunReading(folder.Path);
        reading.Refresh();
        folder.Write("samples.csv", "global_step,completion\n1,one\n");
        Assert.Empty(reading.ReadSample(1));
        Assert.Equal(["1", "one"], reading.ReadSample(0));
    }

    private static double[] Values(RunReading reading, string name)
    {
        Assert.True(reading.Metrics.TryGet(name, out ReadOnlySpan<double> values));
        return values.ToArray();
    }
}
