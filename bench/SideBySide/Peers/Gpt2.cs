using RlCore.Engines;
using RlCore.Trainers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace RlCore.SideBySide.Peers;

/// <summary>GPT-2 in TorchSharp.</summary>
internal sealed class Gpt2 : CausalModel
{
    private readonly Embedding _tokens;
    private readonly Embedding _positions;
    private readonly ModuleList<Block> _blocks;
    private readonly LayerNorm _norm;

    public Gpt2(ModelSettings shape, int vocabularySize)
        : base(nameof(Gpt2))
    {
        _tokens = Embedding(vocabularySize, shape.Width);
        _positions = Embedding(shape.Context, shape.Width);
        _blocks = ModuleList(Enumerable.Range(0, shape.Layers).Select(layer => new Block(shape, layer)).ToArray());
        _norm = LayerNorm(shape.Width, shape.NormEpsilon);
        register_module("wte", _tokens);
        register_module("wpe", _positions);
        register_module("h", _blocks);
        register_module("ln_f", _norm);
    }

    /// <inheritdoc/>
    public override Tensor Head => _tokens.weight!;

    /// <inheritdoc/>
    public override Tensor Hidden(Tensor tokens, KeyValueCache? cache)
    {
        long first = cache?.Length ?? 0;
        Tensor x = _tokens.forward(tokens) + _positions.forward(arange(first, first + tokens.shape[1], ScalarType.Int64));
        foreach (Block block in _blocks)
        {
            x = block.forward(x, cache);
        }

        cache?.Advance(tokens.shape[1]);
        return _norm.forward(x);
    }

    private sealed class Block : Module<Tensor, KeyValueCache?, Tensor>
    {
        private readonly LayerNorm _attentionNorm;
        private readonly Attention _attention;
        private readonly LayerNorm _mlpNorm;
        private readonly Mlp _mlp;

        public Block(ModelSettings shape, int layer)
            : base(nameof(Block))
        {
            _attentionNorm = LayerNorm(shape.Width, shape.NormEpsilon);
            _attention = new Attention(shape, layer);
            _mlpNorm = LayerNorm(shape.Width, shape.NormEpsilon);
            _mlp = new Mlp(shape);
            register_module("ln_1", _attentionNorm);
            register_module("attn", _attention);
            register_module("ln_2", _mlpNorm);
            register_module("mlp", _mlp);
        }

        public override Tensor forward(Tensor x, KeyValueCache? cache)
        {
            x = x + _attention.forward(_attentionNorm.forward(x), cache);
            return x + _mlp.forward(_mlpNorm.forward(x));
        }
    }

    private sealed class Attention : Module<Tensor, KeyValueCache?, Tensor>
    {
        private readonly HeadLayout _heads;
        private readonly int _layer;
        private readonly Linear _packed;
        private readonly Linear _output;

        public Attention(ModelSettings shape, int layer)
            : base(nameof(Attention))
        {
            (_heads, _layer) = (shape.HeadLayout, layer);
            _packed = Linear(shape.Width, 3 * shape.Width);
            _output = Linear(shape.Width, shape.Width);
            register_module("c_attn", _packed);
            register_module("c_proj", _output);
        }

        public override Tensor forward(Tensor x, KeyValueCache? cache)
        {
            Tensor[] parts = [.. _packed.forward(x).chunk(3, -1).Select(part => SelfAttention.Split(part, _heads.Size))];
            return _output.forward(SelfAttention.Attend(parts[0], parts[1], parts[2], _heads, _layer, cache));
        }
    }

    private sealed class Mlp : Module<Tensor, Tensor>
    {
        private readonly Linear _up;
        private readonly Linear _down;

        public Mlp(ModelSettings shape)
            : base(nameof(Mlp))
        {
            _up = Linear(shape.Width, shape.ResolvedMlpWidth);
            _down = Linear(shape.ResolvedMlpWidth, shape.Width);
            register_module("c_fc", _up);
            register_module("c_proj", _down);
        }

        public override Tensor forward(Tensor x) =>
            _down.forward(functional.gelu(_up.forward(x), TorchSharp.Modules.GELU.Approximate.tanh, false));
    }
}
