using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Export;

/// <summary>A token that tokenizer.json adds to those of its model.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Its text.</param>
/// <param name="IsSpecial">Whether it is left out of decoded text.</param>
internal sealed record AddedToken(int Id, string Text, bool IsSpecial);

/// <summary>A tokenizer.json with a byte-pair model, as far as a GGUF file describes it.</summary>
/// <param name="Root">The file.</param>
/// <param name="Ids">The model's tokens.</param>
/// <param name="Merges">The model's merges, the first applied first.</param>
/// <param name="Added">The tokens beside those of the model.</param>
internal sealed record TokenizerSource(
    JsonPart Root,
    IReadOnlyDictionary<string, int> Ids,
    IReadOnlyList<(string Left, string Right)> Merges,
    IReadOnlyList<AddedToken> Added)
{
    /// <summary>The model.</summary>
    public JsonPart Model => Root["model"];

    /// <summary>Whether characters that are no tokens are spelt as tokens of bytes: the model is a SentencePiece one.</summary>
    public bool FallsBackToBytes => Model["byte_fallback"].Flag(false);

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">The file is missing, damaged, or holds what llama.cpp has no tokenizer for.</exception>
    public static TokenizerSource Read(string file)
    {
        JsonPart root = JsonPart.Read(file, "a tokenizer");
        JsonPart model = root["model"];
        if (!model.Exists && root["type"].Exists)
        {
            throw root["type"].Refuse("a byte-pair tokenizer with a \"model\", as llama.cpp has none for other kinds");
        }

        JsonPart type = model["type"];
        if (type.Exists && type.Text() != "BPE")
        {
            throw type.Refuse("\"BPE\", as other models cannot be exported");
        }

        RefuseUnlessEmpty(model["continuing_subword_prefix"]);
        RefuseUnlessEmpty(model["end_of_word_suffix"]);
        return new TokenizerSource(
            root,
            model["vocab"].Pairs().ToDictionary(pair => pair.Key, pair => pair.Value.Number(), StringComparer.Ordinal),
            [.. model["merges"].Items().Select(ReadMerge)],
            [.. root["added_tokens"].Items().Select(ReadAdded)]);
    }

    /// <summary>The id of a token.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="id">The id.</param>
    public bool TryFind(string text, out int id)
    {
        AddedToken? added = Added.FirstOrDefault(token => token.Text == text);
        id = added?.Id ?? 0;
        return added is not null || Ids.TryGetValue(text, out id);
    }

    private static (string Left, string Right) ReadMerge(JsonPart merge)
    {
        string[] parts = merge.IsList ? [.. merge.Items().Select(part => part.Text())] : merge.Text().Split(' ');
        return parts.Length == 2 && parts[0].Length > 0 && parts[1].Length > 0
            ? (parts[0], parts[1])
            : throw merge.Refuse("two tokens");
    }

    private static AddedToken ReadAdded(JsonPart added)
    {
        foreach (string unsupported in new[] { "single_word", "lstrip", "rstrip" })
        {
            if (added[unsupported].Flag(false))
            {
                throw added[unsupported].Refuse("false, as a GGUF file cannot say so");
            }
        }

        return new AddedToken(added["id"].Number(), added["content"].Text(), added["special"].Flag(false));
    }

    private static void RefuseUnlessEmpty(JsonPart part)
    {
        if (part.Exists && part.Text().Length > 0)
        {
            throw part.Refuse("none, as llama.cpp has none");
        }
    }
}
