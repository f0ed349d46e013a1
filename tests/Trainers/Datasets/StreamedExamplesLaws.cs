using FsCheck;
using FsCheck.Fluent;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Datasets;

/// <summary>A file that is read again row by row is the file that is held, in memory that does not grow.</summary>
public class StreamedExamplesLaws
{
    private static readonly Gen<string> Cell = Laws.TextOf("ab,\"\n\r é€\U0001F600\ufeff;", 12)
        .Where(text => !string.IsNullOrWhiteSpace(text));

    private static readonly Gen<DatasetMemory> Tiny =
        from gap in Gen.Choose(1, 200)
        from places in Gen.Choose(2, 9)
        select new DatasetMemory { HeldFile = 0, IndexGap = gap, IndexPlaces = places };

    [Fact]
    public void Every_row_is_the_same_whichever_way_it_is_reached()
    {
        using var folder = new TemporaryFolder();
        Laws.Hold(
            from cells in Gen.ListOf(Gen.Two(Cell))
            where cells.Count > 0
            from mark in Gen.Elements("", "\ufeff")
            from end in Gen.Elements("\n", "\r\n")
            from blanks in Gen.Choose(0, 2)
            from last in Gen.Elements(true, false)
            from memory in Tiny
            from order in Gen.Shuffle(Enumerable.Range(0, cells.Count).ToArray())
            select (Text(cells, mark, end, blanks, last), memory, order),
            drawn =>
            {
                var (text, memory, order) = drawn;
                string file = folder.Write("any.csv", text);
                IReadOnlyList<Demonstration> held = Dataset.LoadDemonstrations(file, new DatasetChecks());
                IReadOnlyList<Demonstration> streamed = Open(file, memory);
                return streamed.SequenceEqual(held) && order.All(row => streamed[row] == held[row]) && streamed.Count == held.Count;
            },
            count: 500);
    }

    [Fact]
    public void The_index_keeps_its_bound_and_finds_every_row()
    {
        Laws.Hold(
            from lengths in Gen.ListOf(Gen.Choose(1, 50))
            where lengths.Count > 0
            from memory in Tiny
            select (lengths.ToArray(), memory),
            drawn =>
            {
                var (lengths, memory) = drawn;
                var index = new RowIndex(memory);
                long[] offsets = [.. lengths.Select((_, row) => lengths.Take(row).Sum(length => (long)length))];
                for (int row = 0; row < offsets.Length; row++)
                {
                    index.Add(offsets[row], row + 2);
                }

                return index.Places.Count <= memory.IndexPlaces
                    && index.Places[0] == new RowIndex.Place(0, 2, 0)
                    && index.Places.All(place => place == new RowIndex.Place(offsets[place.Row], place.Row + 2, place.Row))
                    && Enumerable.Range(0, offsets.Length).All(row =>
                    {
                        int found = index.Find(row);
                        return index.Places[found].Row <= row && (found + 1 == index.Places.Count || index.Places[found + 1].Row > row);
                    });
            });
    }

    [Fact]
    public void A_file_of_any_format_is_streamed()
    {
        using var folder = new TemporaryFolder();
        Same(DatasetFormats.Questions, "prompt,answer,note\na,1,x\nb,2,\n");
        Same(DatasetFormats.Preferences, "prompt,chosen,rejected,margin\na,1,2,0.5\nb,2,3,1\n");
        Same(DatasetFormats.Scored, "prompt,completion,reward\na,1,-0.5\nb,2,3\n");
        Same(DatasetFormats.Rankings, "prompt,completion_1,completion_2,completion_3\na,1,2,3\nb,2,3,\n");
        Same(DatasetFormats.Steps, "prompt,completion,step_labels\na,1;2,0.5 1\nb,2,[false]\n");
        Same(DatasetFormats.Unpaired, "prompt,completion,label\na,1,good\nb,2,0\n");

        void Same<TRow>(DatasetFormat<TRow> format, string text)
            where TRow : class
        {
            string file = folder.Write($"{format.Kind}.csv", text);
            Assert.Equal(2, Dataset.Load(format, file, new DatasetChecks()).Count);
            Assert.Equal(
                Dataset.Load(format, file, new DatasetChecks()),
                Dataset.Open(format, file, new DatasetChecks(), row => row, [], new DatasetMemory { HeldFile = 0 }));
        }
    }

    [Fact]
    public void Problems_are_those_of_a_file_that_is_held()
    {
        using var folder = new TemporaryFolder();
        var checks = new DatasetChecks { Tokenizer = new CharacterTokenizer("ab"), Context = 4 };
        string file = folder.Write("bad.csv", "prompt,completion\na,b\nx,b\naa,bb\n,\n");
        var held = new List<InputProblem>();
        var streamed = new List<InputProblem>();
        _ = Dataset.Open(DatasetFormats.Demonstrations, file, checks, row => row, held);
        Assert.Empty(Dataset.Open(DatasetFormats.Demonstrations, file, checks, row => row, streamed, new DatasetMemory { HeldFile = 0 }));
        Assert.Equal(4, streamed.Count);
        Assert.Equal(held, streamed);
    }

    [Fact]
    public void Training_on_a_streamed_file_is_training_on_a_held_one_bit_by_bit()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(
            "sft.csv",
            "prompt,completion\n" + string.Concat(Enumerable.Range(0, 40).Select(row => $"{row % 7}+{row}=,{(row % 7) + row}\n")));
        var recipe = new Recipe
        {
            Characters = "0123456789+=",
            Model = new ModelSettings { Layers = 1, Width = 8, Heads = 2, Context = 10 },
            Stages = [new SupervisedSettings { Name = "sft", Data = file, Steps = 12, BatchSize = 8 }],
        };
        var held = Train(recipe, new DatasetMemory());
        var streamed = Train(recipe, new DatasetMemory { HeldFile = 0, IndexGap = 30, IndexPlaces = 8 });
        Assert.NotEqual(held.Losses[0], held.Losses[^1]);
        Assert.Equal(held.Losses, streamed.Losses);
        Assert.All(held.Weights, weights => Assert.Equal(weights.Value, streamed.Weights[weights.Key]));
    }

    [Fact]
    public void A_file_that_changes_under_a_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("sft.csv", "prompt,completion\na,b\nc,d\n");
        IReadOnlyList<Demonstration> rows = Open(file, new DatasetMemory { HeldFile = 0 });
        Assert.Equal("c", rows[1].Prompt);
        folder.Write("sft.csv", "prompt,completion\na,b\nc,d\ne,f\n");
        Assert.Equal(
            $"{file}: found different content from when the run began; "
                + "expected an unchanged file until the run ends, as rows are read when they are needed.",
            Assert.Throws<InputException>(() => rows[1]).Message);
    }

    [Fact]
    public void A_row_outside_is_refused()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<Demonstration> rows = Open(folder.Write("sft.csv", "prompt,completion\na,b\n"), new DatasetMemory { HeldFile = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows[-1]);
    }

    [Fact]
    public void A_long_check_tells_how_far_it_is()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write(
            "long.csv",
            "prompt,completion\n" + string.Concat(Enumerable.Repeat($"{new string('a', 999)},b\n", 10_000)));
        var told = new List<(long Done, long Total)>();
        Assert.Equal(
            10_000,
            Dataset.Open(
                DatasetFormats.Demonstrations,
                file,
                new DatasetChecks(),
                row => row,
                [],
                new DatasetMemory { HeldFile = 0 },
                (done, total) => told.Add((done, total))).Count);
        Assert.Equal(3, told.Count);
        Assert.True(told[0].Done is > 0 and < 10_000_000 && told[1].Done > told[0].Done && told[2].Done == told[2].Total);
        Assert.All(told, step => Assert.Equal(new FileInfo(file).Length, step.Total));
    }

    [Fact]
    public void Reading_stops_at_ten_thousand_problems()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("bad.csv", "prompt,completion\n" + string.Concat(Enumerable.Repeat(",b\n", 20_000)));
        var problems = new List<InputProblem>();
        Assert.Empty(Dataset.Demonstrations(file, new DatasetChecks(), problems));
        Assert.Equal(10_001, problems.Count);
        Assert.Equal(
            $"{file}, row 10001: found 10000 problems so far; expected fewer; the rest of the file was not read.",
            problems[^1].ToString());
    }

    private static (double[] Losses, IReadOnlyDictionary<string, float[]> Weights) Train(Recipe recipe, DatasetMemory memory)
    {
        RunInputs inputs = RunInputs.Read(recipe, null, memory);
        using var engine = new ManagedEngine();
        using var model = Decoder<ManagedTensor>.Create(engine, inputs.Model, inputs.Tokenizer.VocabularySize, recipe.Seed);
        var stage = (SupervisedSettings)recipe.Stages[0];
        using var trainer = new SupervisedTrainer<ManagedTensor>(
            engine,
            model,
            stage,
            ((SupervisedData)inputs.Stages[0]).Demonstrations,
            recipe.Seed,
            0);
        return ([.. Enumerable.Range(0, stage.Steps).Select(step => trainer.Step(step).Metrics[0].Value)], model.Export());
    }

    private static IReadOnlyList<Demonstration> Open(string file, DatasetMemory memory) =>
        Dataset.Open(DatasetFormats.Demonstrations, file, new DatasetChecks(), row => row, [], memory);

    private static string Text(IEnumerable<(string Prompt, string Completion)> rows, string mark, string end, int blanks, bool endOfLast)
    {
        string text = $"{mark}prompt,completion{end}"
            + string.Concat(rows.Select(
                row => $"{Quote(row.Prompt)},{Quote(row.Completion)}{end}" + string.Concat(Enumerable.Repeat(end, blanks))));
        return endOfLast ? text : text.TrimEnd('\r', '\n');
    }

    // A cell that begins with U+FEFF, unquoted, is text too.
    private static string Quote(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
