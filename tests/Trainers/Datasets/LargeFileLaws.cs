using System.Text;
using FsCheck.Fluent;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>What reads, counts and writes files of any size in memory that does not grow with them.</summary>
public sealed class LargeFileLaws
{
    // Around the size of the first buffer, and past twice of it.
    private static readonly int[] Lengths = [65_535, 65_536, 65_537, 1, 200_000, 131_072];

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public void Distinct_hashes_are_counted_whether_or_not_they_fit_into_memory() => Laws.Hold(
        from room in Gen.Choose(1, 5)
        from seeds in Gen.ListOf(Gen.Choose(0, 40))
        from parts in Gen.Choose(1, 3)
        select (room, hashes: seeds.Select(seed => ((ulong)(seed % parts) << 56) + (ulong)(seed / 2)).ToArray()),
        sample =>
        {
            using var counter = new DistinctCounter(sample.room);
            Array.ForEach(sample.hashes, counter.Add);
            return counter.Count() == sample.hashes.Distinct().Count() && counter.Count() == counter.Count();
        });

    [Fact]
    public void Hashes_that_do_not_fit_leave_no_file_behind()
    {
        string[] before = Temporary();
        using (var counter = new DistinctCounter(room: 2))
        {
            for (ulong hash = 0; hash < 100; hash++)
            {
                counter.Add(hash);
            }

            Assert.Equal(100, counter.Count());
        }

        Assert.Empty(Temporary().Except(before));
    }

    [Fact]
    public void Characters_are_counted_and_collected_as_Unicode_has_them() => Laws.Hold(
        Gen.ListOf(Laws.TextOf("aab\n\u00e9\u4e2d\uffff", 12).SelectMany(text => Gen.Elements("", "\U0001F600", "\U0001F601x", "\U00010000")
            .Select(pair => text + pair))),
        texts =>
        {
            var tally = new CharacterTally(most: 6);
            var distinct = new SortedSet<Rune>();
            foreach (string text in texts)
            {
                distinct.UnionWith(text.EnumerateRunes());
                if (tally.Add(text) != text.EnumerateRunes().Count())
                {
                    return false;
                }
            }

            return tally.Distinct() == (distinct.Count <= 6 ? string.Concat(distinct) : "");
        });

    [Fact]
    public void Cells_that_are_divided_in_another_way_have_another_hash()
    {
        string[][] rows = [["a", "bc"], ["ab", "c"], ["a", "b", "c"], ["a", "", "bc"], ["a", "bc", ""], ["a"], ["abc"], ["", "abc"]];
        using var hashes = new RowHashes();
        var layout = new TableLayout("f", [], [], [], []) { Dialect = new CsvDialect(',', 0, KeepsLineBreaks: true), Width = 0 };
        var found = rows.Select(cells => hashes.Of(new TableRow(layout, 0, 0, 0, cells, []))).ToArray();
        Assert.Equal(rows.Length, found.Select(row => row.Row).Distinct().Count());
        Assert.Equal(4, found.Count(row => row.Prompt == found[0].Prompt) - 1);
        Assert.Equal(found[0], hashes.Of(new TableRow(layout, 9, 9, 9, ["a"], ["bc"])));
        Assert.Equal(TextHashes.Of("a"), found[0].Prompt);
    }

    [Fact]
    public void What_is_handed_over_is_consumed_in_order_and_to_the_end() => Laws.Hold(
        Gen.ListOf(Gen.Choose(0, 100_000)),
        items =>
        {
            var consumed = new List<int>();
            using var handover = new Handover<int>(consumed.Add, item => item);
            items.ToList().ForEach(handover.Add);
            handover.Complete();
            return consumed.SequenceEqual(items);
        },
        count: 200);

    [Fact]
    public Task What_fails_on_the_other_thread_is_thrown_on_this_one() =>
        WithinTime(() =>
        {
            using var late = new Handover<int>(item => throw new IOException($"no {item}"), _ => 1);
            late.Add(7);
            Assert.Equal("no 7", Assert.Throws<IOException>(late.Complete).Message);

            // One that has failed takes no more: whoever goes on adding is told, and does not wait for room.
            using var early = new Handover<int>(item => throw new IOException($"no {item}"), _ => int.MaxValue);
            Assert.Equal("no 0", Assert.Throws<IOException>(() =>
            {
                for (int item = 0; item < 1_000_000; item++)
                {
                    early.Add(item);
                }
            }).Message);
        });

    [Fact]
    public Task One_that_is_given_up_ends_its_thread() =>
        WithinTime(() =>
        {
            int consumed = 0;
            using (var handover = new Handover<int>(_ => consumed++, _ => 1))
            {
                handover.Add(1);
            }

            Assert.Equal(0, consumed);
        });

    [Fact]
    public void Lines_end_as_on_any_system() => Laws.Hold(
        from text in Laws.TextOf("ab\n\r\u00e9", 40)
        from hasMark in Gen.Elements(true, false)
        from piece in Gen.Choose(1, 5)
        select (text, hasMark, piece),
        sample =>
        {
            byte[] bytes = [.. sample.hasMark ? [0xEF, 0xBB, 0xBF] : Array.Empty<byte>(), .. Encoding.UTF8.GetBytes(sample.text)];
            using var reader = new StringReader(sample.text);
            var expected = new List<string>();
            while (reader.ReadLine() is { } line)
            {
                expected.Add(line);
            }

            return expected.SequenceEqual(Lines(new DribblingStream(bytes, sample.piece)));
        });

    [Fact]
    public void Lines_longer_than_the_buffer_are_whole()
    {
        string[] lines = [.. Lengths.Select((length, i) => new string((char)('a' + i), length))];
        Assert.Equal(lines, Lines(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)))));
        Assert.Equal(lines, Lines(new MemoryStream(Encoding.UTF8.GetBytes(string.Join("\r\n", lines)))));
    }

    [Fact]
    public void A_line_as_long_as_the_longest_row_is_read_and_a_longer_one_is_named()
    {
        using var folder = new TemporaryFolder();
        var reader = new LineReader(new MemoryStream([.. Enumerable.Repeat((byte)'a', LineReader.LongestLine), (byte)'\n', (byte)'b']));
        Assert.True(reader.TryRead(out var line));
        Assert.Equal(LineReader.LongestLine, line.Length);
        Assert.True(reader.TryRead(out line));
        Assert.False(reader.IsTooLong);

        string file = folder.Write("in.jsonl", [.. "{}\n"u8, .. Enumerable.Repeat((byte)' ', LineReader.LongestLine + 1)]);
        var problems = new List<InputProblem>();
        Assert.Single(ExampleFile.Read(file, problems));
        Assert.Equal(
            $"{file}, line 2: found a line of more than 64 MiB; expected shorter lines, an object {{…}} on each.",
            Assert.Single(problems).ToString());
    }

    // A deadlock fails instead of waiting for ever.
    private static Task WithinTime(Action action)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        return Task.Run(action, stop).WaitAsync(Soon, stop);
    }

    private static string[] Temporary() => Directory.GetFiles(Path.GetTempPath(), "rlcore-*");

    private static List<string> Lines(Stream stream)
    {
        var reader = new LineReader(stream);
        var lines = new List<string>();
        while (reader.TryRead(out var line))
        {
            lines.Add(Encoding.UTF8.GetString(line.Span));
        }

        return lines;
    }

    // Gives a few bytes at a time, as pipes and unpackers do.
    private sealed class DribblingStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(piece, count));
    }
}
