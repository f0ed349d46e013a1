using System.CommandLine;
using System.Globalization;
using System.Text;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Training;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore tokenizer train</c>: makes a byte-level tokenizer from the texts of datasets.</summary>
/// <param name="Data">The CSV files, separated by commas.</param>
/// <param name="Size">Number of tokens.</param>
/// <param name="Output">The folder to write.</param>
internal sealed record TrainTokenizerCommand(string Data, int Size, string Output) : OneShotCommand
{
    private const int LargestSize = 1_000_000;
    private const string DefaultColumns = "prompt,completion";
    private const string DefaultSpecial = "<|endoftext|>";

    private const string Examples = """
        Examples:
          rlcore tokenizer train --data train.csv --size 4096 --output tokenizers/own
          rlcore tokenizer train --data a.csv,b.csv --columns prompt,chosen,rejected --size 8192 --output tokenizers/own
          rlcore tokenizer train --data train.csv --size 1024 --special "<|endoftext|>" "<|im_start|>" "<|im_end|>" --output own

        It writes tokenizer.json and tokenizer_config.json: byte-level byte-pair encoding with GPT-2's expression, which Hugging
        Face's libraries read. Each text has tokens, since the 256 bytes are among them. Counts are exact, so that the same data
        gives the same files. A pair of tokens that occurs only once is not merged: a small dataset gives fewer tokens than --size.
        """;

    /// <summary>Names of the columns with the texts, separated by commas.</summary>
    public string Columns { get; init; } = DefaultColumns;

    /// <summary>The special tokens; the first ends a text.</summary>
    public IReadOnlyList<string> Special { get; init; } = [DefaultSpecial];

    /// <summary>Whether files of an existing folder are overwritten.</summary>
    public bool Force { get; init; }

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var data = new Option<string>("--data") { Description = "CSV files with the texts", HelpName = "CSV[,CSV…]", Required = true };
        Option<string> columns = Grammar.Text("--columns", "NAME,…", "The columns with the texts", DefaultColumns);
        var size = new Option<int>("--size") { Description = "Number of tokens, special ones included", HelpName = "N", Required = true };
        var special = new Option<string[]>("--special")
        {
            Description = "Tokens that stand for no text; the first ends a text",
            HelpName = "TEXT",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [DefaultSpecial],
        };
        var output = new Option<string>("--output") { Description = "Folder to write", HelpName = "DIR", Required = true };
        var force = new Option<bool>("--force") { Description = "Overwrite the files of an existing folder" };
        var command = new Command("train", "Makes a byte-level tokenizer from the texts of datasets")
        {
            data, columns, size, special, output, force,
        };
        return grammar.Complete(command, Examples, parsed => new TrainTokenizerCommand(
            parsed.GetRequiredValue(data), parsed.GetRequiredValue(size), parsed.GetRequiredValue(output))
        {
            Columns = parsed.GetRequiredValue(columns),
            Special = parsed.GetRequiredValue(special),
            Force = parsed.GetValue(force),
        });
    }

    /// <summary>Trains the tokenizer and reports what was written.</summary>
    /// <exception cref="InputException">An option or a file cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        string[] files = [.. Split(Data).Select(file => InputFiles.Resolve(file))];
        string[] columns = [.. Split(Columns)];
        RequireOptions(files, columns);
        OutputFiles.RequireFolder("--output", Output);
        var training = new BytePairTraining();
        IReadOnlyDictionary<string, string> made = context.NewView().Watch(observer =>
        {
            Count(training, files, columns, observer, stop);
            int tokens = Size - Special.Count;
            return BytePairFiles.Write(
                training.Learn(tokens, done => observer.TokenLearned(done + Special.Count, Size), stop), Special);
        });
        OutputFiles.WriteFolder("--output", Output, folder => Write(folder, made));
        Describe(context.Output, training);
        return ExitCodes.Done;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private void RequireOptions(string[] files, string[] columns)
    {
        int smallest = 256 + Special.Count;
        string[] names = [TokenizerFile.FileName, ChatTemplateFiles.Configuration];
        string existing = Array.Find(names, name => File.Exists(Path.Combine(Output, name))) ?? "";
        OptionChecks.Require(
            ("--data", "no file", files.Length > 0, "at least one CSV file"),
            ("--columns", "no column", columns.Length > 0, "at least one column"),
            ("--columns", "a column twice", columns.Distinct().Count() == columns.Length, "each column once"),
            (
                "--size",
                Size,
                Size >= smallest && Size <= LargestSize,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"a number from {smallest} (the 256 bytes and {Special.Count} special) to {LargestSize}")),
            (
                "--special",
                "an empty text, or one twice",
                Special.Count > 0 && Special.All(token => token.Length > 0) && Special.Distinct().Count() == Special.Count,
                "texts that differ, at least one"),
            ("--output", $"a folder with the file {existing}", existing.Length == 0 || Force, "a new folder, or --force"));
    }

    private static void Count(
        BytePairTraining training,
        string[] files,
        string[] columns,
        IRunObserver observer,
        CancellationToken stop)
    {
        var problems = new List<InputProblem>();
        TableColumn[] wanted = [.. columns.Select(name => new TableColumn(name))];
        foreach (string file in files)
        {
            foreach (TableRow row in Table.Read(
                file,
                new TableRequest(_ => wanted),
                new RowProblems(new RowRules(), problems),
                (done, total) => observer.DatasetAdvanced(file, done, total)))
            {
                stop.ThrowIfCancellationRequested();
                for (int column = 0; column < row.Count; column++)
                {
                    training.Add(row[column]);
                }
            }
        }

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    private static void Write(string folder, IReadOnlyDictionary<string, string> files)
    {
        foreach ((string name, string text) in files)
        {
            DurableFiles.WriteFile(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        }
    }

    private void Describe(TextWriter output, BytePairTraining training)
    {
        int size = TokenizerFile.ReadFolder(Output, 0).VocabularySize;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Output}: {Wording.Count(size, "token")}, {size - 256 - Special.Count:#,0} of them merged, "
            + $"from {Wording.Count(training.Words, "different word")}"));
        if (size < Size)
        {
            output.WriteLine("fewer tokens than --size: no other pair occurs twice");
        }
    }
}
