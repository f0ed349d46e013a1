namespace RlCore.Trainers.Tokenizers.Pretrained;

/// <summary>Unicode normalization form C.</summary>
internal sealed class CompositionNormalizer : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(AlignedText text, bool prefixes, bool first)
    {
    }
}
