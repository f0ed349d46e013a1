using System.Text;

namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>The files of a pretrained tokenizer, as they were.</summary>
/// <param name="Tokenizer">tokenizer.json, in UTF-8: most of it is ASCII, which a text would keep in twice the space.</param>
/// <param name="Others">The other files: text by file name.</param>
internal sealed record PretrainedFiles(byte[] Tokenizer, IReadOnlyDictionary<string, string> Others)
{
    /// <summary>Name of the file with the special tokens and the chat template.</summary>
    public const string Configuration = ChatTemplateFiles.Configuration;

    /// <summary>Name of the older file with the special tokens.</summary>
    public const string SpecialTokens = "special_tokens_map.json";

    /// <summary>Name of the file that says which tokens end a text. It belongs to the model, and so is read but not kept.</summary>
    public const string Generation = "generation_config.json";

    /// <summary>Takes the files from texts.</summary>
    /// <param name="files">Text by file name, tokenizer.json among them.</param>
    public static PretrainedFiles Of(IReadOnlyDictionary<string, string> files) => new(
        Encoding.UTF8.GetBytes(files[TokenizerFile.FileName]),
        files.Where(file => file.Key != TokenizerFile.FileName).ToDictionary(file => file.Key, file => file.Value));

    /// <summary>Takes the files that lie beside a tokenizer.json.</summary>
    /// <param name="file">The tokenizer.json.</param>
    /// <param name="content">Its content.</param>
    public static PretrainedFiles Beside(string file, byte[] content)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return new PretrainedFiles(
            content,
            ((string[])[Configuration, SpecialTokens, Generation, ChatTemplateFiles.Template])
                .Where(name => File.Exists(Path.Combine(folder, name)))
                .ToDictionary(name => name, name => File.ReadAllText(Path.Combine(folder, name))));
    }

    /// <summary>The text of tokenizer.json.</summary>
    public string Json() => Encoding.UTF8.GetString(Tokenizer);

    /// <summary>The files that belong to the tokenizer: text by file name.</summary>
    public Dictionary<string, string> Texts() => new(Others.Where(file => file.Key != Generation)) { [TokenizerFile.FileName] = Json() };
}
