using System.Diagnostics.CodeAnalysis;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;

namespace RlCore.Trainers.Checkpoints;

/// <summary>A model of this program's own in the form that Hugging Face's layout gives it.</summary>
internal static class PretrainedForm
{
    /// <summary>Finds the form of a model; one that has been read from that layout has it already.</summary>
    /// <param name="content">The model.</param>
    /// <param name="form">The same model in that form; null if its shape or its tokenizer has none.</param>
    public static bool TryFind(CheckpointContent content, [NotNullWhen(true)] out CheckpointContent? form)
    {
        form = content.Pretrained is not null ? content : null;
        if (form is null
            && content.Tokenizer is CharacterTokenizer characters
            && Architecture.TryFind(content.Model, out Architecture? architecture))
        {
            var config = new PretrainedConfig(architecture, content.Model, characters.VocabularySize);
            form = content with
            {
                Tokenizer = PretrainedTokenizer.Parse(CharacterTokenizerFiles.Of(characters), "the run's tokenizer"),
                Pretrained = new PretrainedIdentity(
                    config,
                    new Dictionary<string, string>
                    {
                        [PretrainedConfig.FileName] = PretrainedConfigWriter.Print(config, null, characters.EndOfSequence),
                    },
                    NumberType.F32),
            };
        }

        return form is not null;
    }
}
