using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FsCheck.Fluent;
using Parquet;
using Parquet.Serialization;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>Files of examples, whatever they are kept in.</summary>
public sealed class ExampleFileLaws
{
    [Fact]
    public void A_file_reads_the_same_as_lines_as_a_list_as_Parquet_and_in_gzip()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from rows in Gen.NonEmptyListOf(Gen.Two(
                Laws.TextOf("ab,\"\n\\ é\U0001F600", 8).Where(text => !string.IsNullOrWhiteSpace(text))))
            from groups in Gen.Choose(1, 3)
            select (rows, groups),
            sample =>
            {
                var (rows, groups) = sample;
                string[] objects =
                [
                    .. rows.Select(row => JsonSerializer.Serialize(new
                    {
                        messages = new[] { new { role = "user", content = row.Item1 }, new { role = "assistant", content = row.Item2 } },
                        id = 3,
                    })),
                ];
                IEnumerable<Example[]> parts = rows.Select(row => Of(row.Item1, row.Item2)).Chunk((rows.Count + groups - 1) / groups);
                byte[] lines = Encoding.UTF8.GetBytes(string.Join('\n', objects));
                byte[] list = Encoding.UTF8.GetBytes($"\ufeff [{string.Join(",\r\n", objects)}] ");
                string[] files =
                [
                    folder.Write("a.jsonl", lines), folder.Write("b.json", list), folder.Write("c.jsonl.gz", Packed(lines)),
                    folder.Write("d.json.gz", Packed(list)), folder.Write("e.parquet", Columns(parts)),
                ];
                string[] read =
                [
                    .. files.Select(file =>
                    {
                        string output = Path.Combine(folder.Path, "out.csv");
                        Conversion done = ConversionLaws.Convert(file, output, overwrite: true);
                        return $"{done.Layout} {string.Join(' ', done.Unused)}\n{File.ReadAllText(output)}";
                    }),
                ];
                return read.All(text => text == read[0]) && read[0].Length > 20;
            },
            count: 50);
    }

    [Theory]
    [InlineData("a.parquet")]
    [InlineData("a.jsonl.gz")]
    public void A_damaged_file_is_refused(string name)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = name.EndsWith("gz", StringComparison.Ordinal)
            ? Packed(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"prompt\":\"a\",\"completion\":\"b\"}\n", 100))))
            : Columns([[Of("a", "b")]]);
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = [.. whole];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            }

            string input = folder.Write(name, i % 3 == 0 ? bytes[..random.Next(4, bytes.Length)] : bytes);
            try
            {
                ConversionLaws.Convert(input, Path.Combine(folder.Path, "out.csv"), overwrite: true);
            }
            catch (InputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 300);
    }

    [Fact]
    public void A_part_of_a_Parquet_file_without_rows_hides_none_of_those_after_it()
    {
        using var folder = new TemporaryFolder();
        string input = folder.Write("e.parquet", Columns([[Of("a", "b")], [], [Of("c", "d")]]));
        Conversion done = ConversionLaws.Convert(input, Path.Combine(folder.Path, "out.csv"));
        Assert.Equal(2, done.Rows);
    }

    private static byte[] Packed(byte[] content)
    {
        using var stream = new MemoryStream();
        using (var packed = new GZipStream(stream, CompressionLevel.Fastest))
        {
            packed.Write(content);
        }

        return stream.ToArray();
    }

    private static byte[] Columns(IEnumerable<Example[]> parts)
    {
        using var stream = new MemoryStream();
        foreach (var (index, part) in parts.Index())
        {
            ParquetSerializer.SerializeAsync(part, stream, new ParquetOptions { Append = index > 0 }).GetAwaiter().GetResult();
        }

        return stream.ToArray();
    }

    private static Example Of(string prompt, string completion) => new()
    {
        Messages = [new Message { Role = "user", Content = prompt }, new Message { Role = "assistant", Content = completion }],
        Id = 3,
    };

    private sealed class Example
    {
        [JsonPropertyName("messages")]
        public List<Message> Messages { get; set; } = [];

        [JsonPropertyName("id")]
        public long Id { get; set; }
    }

    private sealed class Message
    {
        [JsonPropertyName("role")]
        public string Role { get; set; } = "";

        [JsonPropertyName("content")]
        public string Content { get; set; } = "";
    }
}
