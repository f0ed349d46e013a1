using System.CommandLine;
using System.Globalization;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Export;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore export</c>: writes a model as a GGUF file.</summary>
/// <param name="Model">The model.</param>
/// <param name="File">The file to write.</param>
/// <param name="Type">Name of the type of matrices.</param>
internal sealed record ExportCommand(string Model, string File, string Type) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore export --model runs/stories --gguf stories.gguf
          rlcore export --model runs/stories --gguf stories.gguf --type q8_0
          llama-cli -m stories.gguf -p "Once upon a time"

        One file for llama.cpp and the programs on top of it, such as Ollama and LM Studio: weights, tokenizer and chat template of
        a GPT-2, Llama, Mistral, Qwen2 or Qwen3 model.

        f32    32-bit numbers: the model as it is trained
        f16    16-bit floating point; numbers above 65504 are refused
        bf16   16 bits with the range of 32
        q8_0   blocks of 32 numbers of 8 bits with a 16-bit scale: half of f16
        Norms, biases and learned positions are f32 in every file.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> model = Grammar.Model();
        var file = new Option<string>("--gguf")
        {
            Description = "The file to write; an existing one is replaced",
            HelpName = "FILE",
            Required = true,
        };
        Option<string> type = Grammar.Text("--type", "TYPE", $"Type of the matrices: {string.Join(", ", GgufTypes.Names)}", "f16");
        var command = new Command("export", "Writes a model as a GGUF file, which llama.cpp, Ollama and LM Studio open")
        {
            model, file, type,
        };
        return grammar.Complete(command, Examples, parsed => new ExportCommand(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(file), parsed.GetRequiredValue(type)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        bool known = GgufTypes.TryFind(Type, out GgufType? type);
        OptionChecks.Require(("--type", Characters.Quote(Type), known, string.Join(", ", GgufTypes.Names)));
        OutputFiles.Require("--gguf", File);
        string folder = Require(ModelFolder.Load(context.FindModel(Model, stop)));
        OutputFiles.Write("--gguf", File, file => Describe(context.Output, context.NewView().Watch(observer => GgufExport.Write(
            folder,
            file,
            type!.Value,
            (done, total) =>
            {
                stop.ThrowIfCancellationRequested();
                observer.ModelExported(file, done, total);
            }))));
        return ExitCodes.Done;
    }

    private static string Require(ModelFolder model) => model switch
    {
        { Adapter: not null } => throw new InputException(new InputProblem(
            "--model",
            0,
            "",
            $"adapters of another model, in {model.Folder}",
            $"a whole model, which {CommandName.Current} merge makes of them")),
        { Pretrained: null } => throw new InputException(new InputProblem(
            "--model",
            0,
            "",
            $"a model of this program's own, in {model.Folder}",
            "a model in Hugging Face's layout, as llama.cpp has no tokenizer of characters")),
        _ => model.Folder,
    };

    private void Describe(TextWriter output, GgufSummary done)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{File}: {done.Architecture}, {Wording.Count(done.Parameters, "parameter")} in {Wording.Count(done.Tensors, "tensor")}, "
            + $"{Type}, {done.Bytes / 1e6:0.0} MB"));
        output.WriteLine($"try next: llama-cli -m {ShellText.Quote(File)}");
    }
}
