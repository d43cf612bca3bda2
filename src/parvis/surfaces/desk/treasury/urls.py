"""URLs of the treasury and of the payments of the counter."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.treasury import till_views, views

patterns: list[URLPattern] = [
    path("tresorerie/", views.treasury, name="treasury"),
    path("tresorerie/comparer/", views.compare, name="treasury_compare"),
    path("tresorerie/remboursements/<int:refund_id>/", views.refund_given, name="refund_given"),
    path("tresorerie/messages/<int:event_id>/", views.provider_event, name="provider_event"),
    path("tresorerie/factures/", till_views.till, name="till"),
    path("tresorerie/factures/<str:public_id>/", till_views.pay_invoice, name="pay_invoice"),
    path("tresorerie/factures/<str:public_id>/papier/", till_views.paper, name="invoice_paper"),
]
