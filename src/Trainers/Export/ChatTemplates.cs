using RlCore.Trainers.Inputs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Export;

/// <summary>The chat templates of a model's folder.</summary>
internal static class ChatTemplates
{
    private const string Default = "default";
    private const string Key = "tokenizer.chat_template";

    /// <summary>Adds the templates to the metadata, as they are written.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="tokenizer">tokenizer_config.json, which may not exist.</param>
    public static void Add(GgufMetadata metadata, string folder, JsonPart tokenizer)
    {
        string file = Path.Combine(folder, ChatTemplateFiles.Template);
        JsonPart part = tokenizer["chat_template"];
        (string Name, string Text)[] templates = File.Exists(file) ? [(Default, File.ReadAllText(file))]
            : part.IsList
                ? [.. part.Items().GroupBy(item => item["name"].Text()).Select(named => (named.Key, named.Last()["template"].Text()))]
            : part.Exists ? [(Default, part.Text())]
            : [];
        string[] others = [.. templates.Select(template => template.Name).Where(name => name != Default)];
        if (others.Length > 0)
        {
            metadata.Add("tokenizer.chat_templates", others);
        }

        foreach (var (name, text) in templates)
        {
            metadata.Add(name == Default ? Key : $"{Key}.{name}", text);
        }
    }
}
