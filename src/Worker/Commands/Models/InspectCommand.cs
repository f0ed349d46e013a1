using System.CommandLine;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Export;
using RlCore.Trainers.Files;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore inspect</c>: shows what a model consists of, what a conversation becomes, or how a text is tokenized.</summary>
/// <param name="Model">A model's folder, a name on a hub, or a safetensors or GGUF file.</param>
/// <param name="Conversation">A file with a conversation to render; empty for none.</param>
/// <param name="AddGenerationPrompt">Whether the rendering ends where the model's answer begins.</param>
/// <param name="Text">A text to tokenize; null for none.</param>
internal sealed record InspectCommand(string Model, string Conversation, bool AddGenerationPrompt, string? Text) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore inspect runs/quickstart
          rlcore inspect Qwen/Qwen2.5-0.5B-Instruct
          rlcore inspect my-model.gguf
          rlcore inspect my-model --render conversation.json --generation-prompt
          rlcore inspect my-model --tokenize "Hello, world"

        A conversation is a JSON list: [ { "role": "user", "content": "Hello" } ].
        """;

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var model = new Argument<string>("DIR|FILE|org/name")
        {
            Description = "A run, a checkpoint, a folder in Hugging Face's or PEFT's layout, a name on a hub, a safetensors or a GGUF file",
        };
        Option<string> render = Grammar.Text(
            "--render", "MESSAGES.json", "Prints exactly the text that a conversation becomes, and nothing else");
        var prompt = new Option<bool>("--generation-prompt") { Description = "With --render: ends where the model's answer begins" };
        var text = new Option<string?>("--tokenize") { Description = "Prints the ids of a text, and nothing else", HelpName = "TEXT" };
        var command = new Command("inspect", "Shows what a model consists of, and the memory that training it takes")
        {
            model, render, prompt, text,
        };
        return grammar.Complete(command, Examples, parsed => new InspectCommand(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(render), parsed.GetValue(prompt), parsed.GetValue(text)));
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        if (File.Exists(Model))
        {
            RequireModelFor("--render", Conversation.Length > 0);
            RequireModelFor("--tokenize", Text is not null);
            WriteFile(context.Output, Path.GetFullPath(Model));
            return ExitCodes.Done;
        }

        ModelFolder folder = ModelFolder.Load(context.FindModel(Model, stop));
        if (Conversation.Length > 0)
        {
            context.Output.Write(Render(folder.Tokenizer, folder.Folder));
        }
        else if (Text is not null)
        {
            context.Output.WriteLine(string.Join(' ', folder.Tokenizer.EncodePrompt(Text)));
        }
        else
        {
            ModelReport.Write(context.Output, folder);
        }

        return ExitCodes.Done;
    }

    private static void WriteFile(TextWriter output, string file)
    {
        if (GgufContent.IsOne(file))
        {
            ModelReport.WriteGguf(output, GgufContent.Open(file));
        }
        else
        {
            ModelReport.WriteTensors(output, Safetensors.Open(file).Tensors);
        }
    }

    private void RequireModelFor(string option, bool isGiven)
    {
        if (isGiven)
        {
            throw new InputException(new InputProblem(Model, 0, option, "a file", "a model's folder, as a tokenizer is needed"));
        }
    }

    private string Render(ITokenizer tokenizer, string folder)
    {
        string file = Path.GetFullPath(Conversation);
        if (!File.Exists(file))
        {
            throw new InputException(InputFiles.Missing(file, "a conversation"));
        }

        ChatTemplate template = tokenizer.Chat
            ?? throw new InputException(new InputProblem(folder, 0, "--render", "no chat template", "a model that has one"));
        return template.Render(
            ChatMessage.ParseList(File.ReadAllText(file), file), new ChatOptions { AddGenerationPrompt = AddGenerationPrompt });
    }
}
