using RlCore.Trainers.Export;

namespace RlCore.SideBySide.Cases;

/// <summary>Something that every side does.</summary>
/// <param name="Name">Its name between processes and in the output.</param>
/// <param name="Group">The name of its group in <c>--cases</c>.</param>
/// <param name="Title">What it is, for tables.</param>
internal abstract record BenchCase(string Name, string Group, string Title)
{
    /// <summary>Names of the sides that take part, the embedded engine first.</summary>
    public virtual IReadOnlyList<string> Sides => [SideNames.RlCore, SideNames.TorchSharp, SideNames.RlCoreTorch];

    /// <summary>Floating-point operations of the model's products in one run; 0 where they say nothing.</summary>
    public virtual double Flops => 0;

    /// <summary>Whether the peak of the resident set is of interest.</summary>
    public virtual bool HasMemory => false;

    /// <summary>Largest difference between what the sides compute.</summary>
    public virtual double Tolerance => 1e-4;

    /// <summary>Whether a word of <c>--cases</c> means the case: its group's name or its own.</summary>
    /// <param name="word">The word.</param>
    public bool IsNamed(string word) => word == Group || word == Name;

    /// <summary>A training step: forward, loss, backward, clipping, AdamW.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Batch">Sequences.</param>
    /// <param name="Time">Tokens of a sequence.</param>
    public sealed record Training(ModelShape Model, int Batch, int Time) : BenchCase(
        $"{Model.Name}-train", Model.Name, $"training step, {Model.Title}, {Batch} × {Time}")
    {
        /// <summary>Whether adapters of rank 16 in all linear layers are trained, and the weights are frozen.</summary>
        public bool HasAdapters
        {
            get;
            init => (field, Name, Title) = (value, $"{Name}-lora", $"{Title}, LoRA");
        }

        /// <summary>Whether activations are computed again in the backward pass.</summary>
        public bool Checkpoints
        {
            get;
            init => (field, Name, Title) = (value, $"{Name}-checkpointed", $"{Title}, gradient checkpointing");
        }

        // The peers' plain program keeps everything.
        /// <inheritdoc/>
        public override IReadOnlyList<string> Sides => Checkpoints ? [SideNames.RlCore, SideNames.RlCoreTorch] : base.Sides;

        /// <inheritdoc/>
        public override bool HasMemory => true;

        // Each product of the forward pass has two in the backward pass, and one where its weight is frozen.
        /// <inheritdoc/>
        public override double Flops => Batch
            * (((HasAdapters ? 2 : 3) * 2.0 * Time * (Model.BlockWeights + Model.HeadWeights)) + (3 * Model.AttentionFlops(Time)));
    }

    /// <summary>Greedy decoding with a key/value cache.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Batch">Sequences.</param>
    /// <param name="Prompt">Tokens of a prompt.</param>
    /// <param name="Tokens">New tokens of each sequence.</param>
    /// <param name="Storage">Type of the weights.</param>
    public sealed record Decoding(ModelShape Model, int Batch, int Prompt, int Tokens, GgufType Storage) : BenchCase(
        $"{Model.Name}-decode-{Batch}-{Storage}",
        "decode",
        $"decoding {Batch} × {Tokens}, {Model.Title}, {(Storage == GgufType.Q80 ? "Q8_0" : Storage)}")
    {
        // The peers' own TorchSharp has float32 alone, and llama.cpp is not made for large batches.
        /// <inheritdoc/>
        public override IReadOnlyList<string> Sides =>
        [
            SideNames.RlCore,
            .. Storage == GgufType.F32 ? [SideNames.TorchSharp, SideNames.RlCoreTorch] : Array.Empty<string>(),
            .. Batch <= 16 ? [SideNames.LlamaCpp] : Array.Empty<string>(),
        ];

        // llama.cpp rounds activations to bfloat16 where weights are, and to 8 bits where weights are quantized.
        /// <inheritdoc/>
        public override double Tolerance => Storage switch { GgufType.F32 => base.Tolerance, GgufType.BF16 => 1e-3, _ => 1e-2 };

        /// <inheritdoc/>
        public override double Flops => Batch
            * ((2.0 * (Prompt + Tokens) * Model.BlockWeights) + (2.0 * Tokens * Model.HeadWeights) + Model.AttentionFlops(Prompt + Tokens));
    }

    /// <summary>Log-probs of given tokens from hidden states and an output head, and their gradients.</summary>
    /// <param name="Tokens">Rows of hidden states.</param>
    /// <param name="Width">Width of a hidden state.</param>
    /// <param name="VocabularySize">Number of tokens of the vocabulary.</param>
    public sealed record LogProbs(int Tokens, int Width, int VocabularySize) : BenchCase(
        "logprobs",
        "logprobs",
        $"selected log-probs, forward and backward, {Tokens:N0} tokens, d {Width}, vocabulary {VocabularySize:N0}")
    {
        /// <inheritdoc/>
        public override bool HasMemory => true;

        /// <inheritdoc/>
        public override double Flops => 6.0 * Tokens * Width * VocabularySize;
    }

    /// <summary>The step of the quickstart's second stage: 1,024 completions are drawn and scored, and four updates follow.</summary>
    public sealed record Grpo() : BenchCase("grpo", "grpo", "GRPO step of the quickstart, 128 × 8 completions, 4 updates");

    /// <summary>A product of square matrices, which other times are compared with.</summary>
    /// <param name="Size">Rows and columns.</param>
    public sealed record Product(int Size) : BenchCase("product", "", $"product of {Size} × {Size} matrices")
    {
        /// <inheritdoc/>
        public override IReadOnlyList<string> Sides => [SideNames.RlCore];

        /// <inheritdoc/>
        public override double Flops => 2.0 * Size * Size * Size;
    }
}

/// <summary>Names of the sides.</summary>
internal static class SideNames
{
    /// <summary>The embedded engine.</summary>
    public const string RlCore = "RlCore";

    /// <summary>The same classes on the Torch engine.</summary>
    public const string RlCoreTorch = "RlCore on Torch";

    /// <summary>Plain TorchSharp.</summary>
    public const string TorchSharp = "TorchSharp";

    /// <summary>llama.cpp.</summary>
    public const string LlamaCpp = "llama.cpp";
}
