using RlCore.Trainers.Metrics;

namespace RlCore.Trainers.Tests.Metrics;

/// <summary>Events are what TensorBoard's own writer writes, and a process that goes on takes back what an earlier one wrote.</summary>
public sealed class EventFileLaws
{
    private const double Time = 1700000000.25;

    private static readonly string Recorded =
        Path.Combine(Repository.Root, "tests", "Trainers", "Metrics", "events", "tensorboard.tfevents");

    [Fact]
    public void The_reader_of_these_tests_computes_the_checksum_that_is_published() =>
        Assert.Equal(0xE3069283, EventReader.Crc("123456789"u8));

    [Fact]
    public void Records_are_byte_for_byte_those_of_TensorBoards_own_writer()
    {
        string[][] table =
        [
            ["prompt", "completion"],
            ["    37+58=", ""],
            ["    größer\n    *als* ☃", string.Concat(Enumerable.Repeat("    95", 40))],
        ];
        WireMessage[] ours =
        [
            EventMessages.Version(Time),
            EventMessages.Start(Time, 0),
            EventMessages.Start(Time, 301),
            Setting("name", "quickstart"),
            Setting("seed", 1.0),
            Setting("lora.rank", 0.0),
            Setting("tensorboard", true),
            Setting("off", false),
            Scalars(
                1, ("loss", 0.1 + 0.2), ("rewards/numeric/mean", 0), ("num_tokens", 12345678901), ("kl", -1e-30),
                ("wahr/größe", double.PositiveInfinity)),
            Scalars(300, ("loss", 1)),
            Scalars(int.MaxValue, ("loss", 2)),
            EventMessages.Table(Time, 2, "samples", table),
            EventMessages.Done(Time, 600),
        ];
        byte[] recorded = File.ReadAllBytes(Recorded);

        // The first record names the program that wrote it.
        int first = 16 + EventReader.Messages(recorded)[0].Length;
        Assert.Equal(
            Convert.ToHexString(recorded.AsSpan(first)),
            Convert.ToHexString([.. ours.SelectMany(message => EventRecords.Frame(message.Bytes))]));
    }

    [Fact]
    public void Every_event_says_its_step()
    {
        foreach (byte[] message in EventReader.Messages(File.ReadAllBytes(Recorded)))
        {
            Assert.Equal(WireFields.Parse(message).Long(2), EventMessages.StepOf(message));
        }
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_written_as_a_replacement()
    {
        byte[] text = new WireMessage().Add(1, "a\uD83D").Bytes.ToArray();
        Assert.Equal("a\uFFFD", WireFields.Parse(text).Text(1));
    }

    [Fact]
    public void A_file_that_is_cut_or_damaged_anywhere_keeps_its_whole_records_before_that()
    {
        byte[][] records = [.. Enumerable.Range(0, 4).Select(step => EventRecords.Frame(Scalars(step, ("loss", step)).Bytes))];
        byte[] file = [.. records.SelectMany(record => record)];
        for (int place = 0; place < file.Length; place++)
        {
            int before = 0;
            foreach (byte[] record in records.TakeWhile(record => before + record.Length <= place))
            {
                before += record.Length;
            }

            Assert.Equal(before, EventRecords.LengthUpTo(file.AsSpan(0, place), int.MaxValue));
            byte[] damaged = [.. file];
            damaged[place] ^= 0x10;
            Assert.Equal(before, EventRecords.LengthUpTo(damaged, int.MaxValue));
        }

        Assert.Equal(file.Length, EventRecords.LengthUpTo(file, int.MaxValue));
    }

    [Fact]
    public void A_process_that_goes_on_cuts_off_later_steps_and_begins_a_file_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var clock = new StandingClock();
        using (var files = new EventFiles(folder.Path, clock))
        {
            Assert.False(files.KeepSteps(0));
            Append(files, 1, 2, 3, 4);
            Assert.Equal([1, 2, 3, 4], Steps(folder.Path)); // While the file is open.
        }

        string first = Assert.Single(EventReader.Files(folder.Path));
        File.AppendAllText(first, "cut off");
        for (int time = 0; time < 3; time++)
        {
            using var files = new EventFiles(folder.Path, clock);
            Assert.True(files.KeepSteps(2));
            Append(files, 3, 4, 5);
            Assert.Equal([1, 2, 3, 4, 5], Steps(folder.Path));
        }

        string[] all = EventReader.Files(folder.Path);
        Assert.Equal(4, all.Length);
        Assert.Equal(first, all[0]);
        Assert.Equal([0, 3], new[] { all[0], all[3] }.Select(file => EventReader.Events(file)[1]).Select(start =>
        {
            Assert.Equal(1, start.Message.At(7).Long(1));
            return start.Step;
        }));
    }

    private static IEnumerable<int> Steps(string folder) => EventReader.Scalars(folder).Select(scalar => (int)scalar.Step);

    private static void Append(EventFiles files, params int[] steps) =>
        Array.ForEach(steps, step => files.AppendScalars(step, [KeyValuePair.Create("loss", 1.0)]));

    private static WireMessage Setting(string name, object value) => EventMessages.Settings(Time, [KeyValuePair.Create(name, value)]);

    private static WireMessage Scalars(int step, params (string Name, double Value)[] values) =>
        EventMessages.Scalars(Time, step, values.Select(value => KeyValuePair.Create(value.Name, value.Value)));

    private sealed class StandingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1700000000250);
    }
}
