"""The look: calm, dense, one accent. Sizes and colours are Gradio's variables, so that both themes and all components follow."""

import gradio as gr

ACCENT, GREY = "teal", "slate"


def theme() -> gr.themes.Base:
    """Flat blocks with thin borders; small type; the accent only where something can be done."""
    return gr.themes.Default(primary_hue=ACCENT, neutral_hue=GREY, spacing_size="sm", radius_size="sm", text_size="md").set(
        body_background_fill="white",
        body_background_fill_dark="*neutral_950",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_900",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="*body_text_color_subdued",
        block_label_text_size="*text_sm",
        block_title_text_size="*text_sm",
        block_title_text_weight="500",
        block_padding="0px",
        panel_background_fill="transparent",
        panel_border_width="0px",
        input_background_fill="white",
        input_background_fill_dark="*neutral_900",
        input_border_width="1px",
        input_border_color="*neutral_200",
        input_border_color_dark="*neutral_700",
        input_border_color_focus="*primary_500",
        input_shadow="none",
        input_shadow_focus="none",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        button_secondary_background_fill="transparent",
        button_secondary_background_fill_dark="transparent",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_hover_dark="*neutral_800",
        button_border_width="1px",
        button_secondary_border_color="*neutral_200",
        button_secondary_border_color_dark="*neutral_700",
        button_secondary_shadow="none",
        button_primary_shadow="none",
        layout_gap="0.75rem",
        form_gap_width="0px",
    )
