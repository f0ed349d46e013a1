namespace RlCore.Trainers.Tokenizers;

/// <summary>Whether prompts and completions of datasets are wrapped in the model's chat template.</summary>
public enum ChatUse
{
    /// <summary>Where the model has a chat template.</summary>
    Auto,

    /// <summary>Always; a model without a chat template is refused.</summary>
    On,

    /// <summary>Never: texts are taken as they are.</summary>
    Off,
}
