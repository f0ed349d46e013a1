using System.CommandLine;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore merge</c>: merges adapters into the model that they adapt.</summary>
/// <param name="Model">Folder of the adapters, or of a run that has trained them.</param>
/// <param name="Output">The folder to write.</param>
/// <param name="Type">Type of the weights; null for the type of the adapted model.</param>
internal sealed record MergeCommand(string Model, string Output, NumberType? Type) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore merge --model runs/stories --output merged
          rlcore merge --model runs/stories/model --output merged --type f32

        The output opens in transformers, and rlcore export makes a GGUF file of it.
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> model = Grammar.Model();
        model.Description = "Folder of LoRA adapters in PEFT's layout, or of a run that has trained them";
        var output = new Option<string>("--output") { Description = "The folder to write", HelpName = "DIR", Required = true };
        var type = new Option<NumberType?>("--type")
        {
            Description = "Type of the weights: f32, f16 or bf16; by default that of the adapted model",
            HelpName = "TYPE",
        };
        type.AcceptOnlyFromAmong("f32", "f16", "bf16");
        var command = new Command("merge", "Merges LoRA adapters into the model that they adapt") { model, output, type };
        return grammar.Complete(command, Examples, parsed => new MergeCommand(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(output), parsed.GetValue(type)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        string output = Path.GetFullPath(Output);
        if (Path.Exists(output))
        {
            throw new InputException(new InputProblem(output, 0, "", "something that exists", "the name of a new folder"));
        }

        ModelFolder folder = ModelFolder.Load(context.FindModel(Model, stop));
        if (folder is not { Adapter: { } adapter, Pretrained: { } identity })
        {
            throw new InputException(new InputProblem(
                folder.Folder, 0, "", "a model without adapters", "LoRA adapters: adapter_config.json and adapter_model.safetensors"));
        }

        DurableFiles.WriteFolder(
            output,
            ModelFiles.Of(identity, folder.Tokenizer, adapter.MergeInto(folder.Parameters), Type ?? identity.Type));
        context.Output.WriteLine(
            $"{output}: {Wording.Count(adapter.Plan.Layers.Count, "adapted layer")} of rank {adapter.Plan.Settings.Rank} "
            + $"merged into {adapter.Base}");
        return ExitCodes.Done;
    }
}
